#include "actors/history/history_queue.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <prometheus/counter.h>

namespace fedhub {

namespace {

/// A part of the queue's events that is written without waiting for more.
constexpr size_t busy_part = 8;

/// Cuts a text off before the character that would exceed the limit.
void cut(std::string& text, size_t octets) {
  if (text.size() <= octets)
    return;
  const auto continues = [&](size_t at) { return (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80; };
  while (octets > 0 && continues(octets))
    --octets;
  text.resize(octets);
}

size_t octets_of(const history_event& event) {
  auto octets = sizeof event + event.domain.size() + event.detail.size() + event.actor.size();
  if (event.attempt)
    octets += event.attempt->detail.size() + event.attempt->target.size()
              + event.attempt->steps.size() * sizeof(admin::attempt_row::step_row);
  return octets;
}

void trim(history_event& event) {
  using queue = history_queue;
  if (event.detail.empty() && event.why != failure::none)
    event.detail = describe(event.why);
  const bool limited = refusal_sums::concerns(event.kind);
  cut(event.detail, limited ? queue::refusal_detail_octets : queue::detail_octets);
  cut(event.domain, queue::name_octets);
  cut(event.actor, queue::actor_octets);
  if (event.attempt)
    cut(event.attempt->detail, queue::detail_octets);
}

template <class Time>
void stamp(Time& time) {
  if (time == Time{})
    time = std::chrono::system_clock::now();
}

} // namespace

history_bounds history_bounds_of(const conf::admin_config& config) {
  return {.age = std::chrono::days{config.history_days},
          .octets = uint64_t{config.history_mebibytes} << 20};
}

history_queue::history_queue(prometheus::Counter& lost, const limits& most)
  : most_{most}, counter_{&lost} {}

void history_queue::record(history_event event) {
  trim(event);
  stamp(event.time);
  const auto octets = octets_of(event);
  bool wake = false;
  {
    const std::lock_guard lock{mutex_};
    // An event that is summed takes no room, so it can't be lost.
    if (!closed_ && !refusals_.admit(event.kind, event.why, refusal_sums::clock::now()))
      return;
    if (closed_ || events_.size() >= most_.events || octets_ + octets > most_.octets)
      return count_lost(1);
    octets_ += octets;
    events_.push_back(std::move(event));
    wake = events_.size() == 1 || events_.size() == most_.events / busy_part;
  }
  if (wake)
    more_.notify_one();
}

void history_queue::record(admin::audit_row action) {
  cut(action.detail, detail_octets);
  cut(action.domain, name_octets);
  cut(action.actor, actor_octets);
  stamp(action.time);
  {
    const std::lock_guard lock{mutex_};
    if (closed_ || actions_.size() >= most_.actions)
      return count_lost(1);
    actions_.push_back(std::move(action));
  }
  more_.notify_one();
}

void history_queue::set_bounds(const history_bounds& bounds) {
  const std::lock_guard lock{mutex_};
  bounds_ = bounds;
}

bool history_queue::is_waiting() const { return closed_ || !events_.empty() || !actions_.empty(); }

void history_queue::count_lost(uint64_t events) {
  lost_ += events;
  if (counter_ != nullptr)
    counter_->Increment(static_cast<double>(events));
}

void history_queue::add_sums(std::vector<history_event>& to) {
  const auto sums = closed_ ? refusals_.take_all() : refusals_.take(refusal_sums::clock::now());
  for (const auto& sum : sums) {
    history_event event{.kind = sum.kind, .why = sum.why};
    event.detail = std::to_string(sum.count) + " more within a minute";
    stamp(event.time);
    to.push_back(std::move(event));
  }
}

history_batch history_queue::take(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  // Sums that begin while this waits are due a minute later, and so wait for the deadline.
  const auto end = std::min(deadline, refusals_.due().value_or(deadline));
  if (more_.wait_until(lock, end, [this] { return is_waiting(); }))
    more_.wait_for(lock, gathering_time,
                   [this] { return closed_ || events_.size() >= most_.events / busy_part; });
  history_batch batch;
  batch.events = std::exchange(events_, {});
  octets_ = 0;
  add_sums(batch.events);
  batch.actions = std::exchange(actions_, {});
  batch.lost = std::exchange(lost_, 0);
  batch.bounds = bounds_;
  batch.last = closed_;
  return batch;
}

void history_queue::give_up_events(const history_batch& batch) {
  const std::lock_guard lock{mutex_};
  lost_ += batch.lost; // already counted
  count_lost(batch.events.size());
}

void history_queue::note_gone(uint64_t events) {
  const std::lock_guard lock{mutex_};
  count_lost(events);
}

void history_queue::close() {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
  }
  more_.notify_one();
}

void history_queue::abandon() {
  const std::lock_guard lock{mutex_};
  counter_ = nullptr;
}

} // namespace fedhub
