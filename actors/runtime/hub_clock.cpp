#include "actors/runtime/hub_clock.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>

namespace fedhub {

namespace {

/// Fewer stale entries are not worth a search.
constexpr size_t few_stale = 64;

} // namespace

hub_clock::hub_clock(caf::actor_clock& others) : others_(others), thread_([this] { run(); }) {}

hub_clock::~hub_clock() { stop(); }

void hub_clock::schedule_message(time_point t, caf::strong_actor_ptr receiver,
                                 caf::mailbox_element_ptr content) {
  if (!receiver)
    return;
  if (t - clock_type::now() > std::chrono::seconds(1)) {
    auto whole = std::chrono::ceil<std::chrono::milliseconds>(t.time_since_epoch()) / slack + 1;
    t = time_point{whole * slack};
  }
  bool earliest = false;
  {
    std::lock_guard guard{mutex_};
    if (stopping_)
      return;
    auto place = static_cast<uint32_t>(entries_.size());
    if (free_.empty()) {
      entries_.emplace_back();
    } else {
      place = free_.back();
      free_.pop_back();
    }
    auto [first, alone] = first_.try_emplace(receiver->id(), place);
    auto& entries = entries_[place];
    entries.next = alone ? none : std::exchange(first->second, place);
    entries.previous = none;
    if (entries.next != none)
      entries_[entries.next].previous = place;
    entries.receiver = std::move(receiver);
    entries.content = std::move(content);
    entries.order = order_;
    earliest = heap_.empty() || t < heap_.front().due;
    heap_.push_back({t, order_++, place});
    std::push_heap(heap_.begin(), heap_.end());
  }
  if (earliest)
    wake_.notify_one();
}

/// Removes an entry from its receiver's list.
void hub_clock::unlink(uint32_t place) {
  auto& entries = entries_[place];
  if (entries.next != none)
    entries_[entries.next].previous = entries.previous;
  if (entries.previous != none)
    entries_[entries.previous].next = entries.next;
  else if (entries.next != none)
    first_[entries.receiver->id()] = entries.next;
  else
    first_.erase(entries.receiver->id());
}

bool hub_clock::waits(const due_entry& entry) const {
  auto& at = entries_[entry.place];
  return at.receiver && at.order == entry.order;
}

/// Most actors end long before their last deadline. Once such stale entries are at least half of
/// the heap, they are removed, so that its size follows the messages that still wait.
void hub_clock::forget_stale() {
  if (stale_ < few_stale || 2 * stale_ < heap_.size())
    return;
  std::erase_if(heap_, [this](auto& x) { return !waits(x); });
  std::make_heap(heap_.begin(), heap_.end());
  heap_.shrink_to_fit();
  stale_ = 0;
}

void hub_clock::run() {
  pthread_setname_np(pthread_self(), "fedhub.clock");
  std::vector<entry> due;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    if (heap_.empty()) {
      wake_.wait(lock);
      continue;
    }
    auto now = clock_type::now();
    if (heap_.front().due > now) {
      wake_.wait_until(lock, time_point{heap_.front().due});
      continue;
    }
    while (!heap_.empty() && heap_.front().due <= now) {
      std::pop_heap(heap_.begin(), heap_.end());
      auto top = heap_.back();
      heap_.pop_back();
      if (!waits(top)) {
        --stale_;
        continue;
      }
      unlink(top.place);
      due.push_back(std::move(entries_[top.place]));
      free_.push_back(top.place);
    }
    lock.unlock();
    for (auto& x : due)
      x.receiver->enqueue(std::move(x.content), nullptr);
    due.clear(); // may end actors, which then call this clock
    lock.lock();
  }
}

void hub_clock::cancel_timeouts(caf::abstract_actor* self) {
  // Destroyed after the lock is released, since this may end actors, which then call this clock.
  std::vector<entry> ended;
  bool known_to_others = false;
  {
    std::lock_guard guard{mutex_};
    if (auto first = first_.find(self->id()); first != first_.end()) {
      for (auto place = first->second; place != none;) {
        auto next = entries_[place].next;
        ended.push_back(std::move(entries_[place]));
        entries_[place].receiver = nullptr;
        free_.push_back(place);
        ++stale_;
        place = next;
      }
      first_.erase(first);
      forget_stale();
    }
    known_to_others = with_timeouts_.erase(self->id()) != 0;
  }
  if (known_to_others)
    others_.cancel_timeouts(self);
}

void hub_clock::stop() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
  cancel_all();
}

void hub_clock::cancel_all() {
  std::deque<entry> ended;
  {
    std::lock_guard guard{mutex_};
    ended.swap(entries_);
    heap_.clear();
    free_.clear();
    first_.clear();
    stale_ = 0;
  }
  others_.cancel_all();
}

size_t hub_clock::remembered() const {
  std::lock_guard guard{mutex_};
  return heap_.size();
}

size_t hub_clock::size() const {
  std::lock_guard guard{mutex_};
  size_t count = 0;
  for (auto& x : entries_)
    count += x.receiver ? 1 : 0;
  return count;
}

// ---- CAF's own clock ---------------------------------------------------------------------------

void hub_clock::note_timeouts(const caf::abstract_actor* self) {
  std::lock_guard guard{mutex_};
  with_timeouts_.insert(self->id());
}

bool hub_clock::has_timeouts(const caf::abstract_actor* self) const {
  std::lock_guard guard{mutex_};
  return with_timeouts_.count(self->id()) != 0;
}

void hub_clock::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                                 caf::message content) {
  others_.schedule_message(t, std::move(target), std::move(sender), std::move(content));
}

void hub_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                     uint64_t id) {
  note_timeouts(self);
  others_.set_ordinary_timeout(t, self, type, id);
}

void hub_clock::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                  uint64_t id) {
  note_timeouts(self);
  others_.set_multi_timeout(t, self, type, id);
}

void hub_clock::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  note_timeouts(self);
  others_.set_request_timeout(t, self, id);
}

void hub_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  if (has_timeouts(self))
    others_.cancel_ordinary_timeout(self, type);
}

void hub_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  if (has_timeouts(self))
    others_.cancel_request_timeout(self, id);
}

} // namespace fedhub
