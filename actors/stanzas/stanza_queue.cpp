#include "actors/stanzas/stanza_queue.hpp"

#include <algorithm>
#include <utility>

#include "actors/stanzas/condenser.hpp"

namespace fedhub {

stanza_queue::~stanza_queue() {
  for (auto& x : take_all())
    limits_->account().lost(x);
}

stanza stanza_queue::leave(entry& entry) {
  limits_->account().unqueued(entry.value);
  if (entry.admitted)
    limits_->release(entry.value.size);
  return std::move(entry.value);
}

stanza stanza_queue::pop() {
  auto oldest = leave(entries_.front());
  entries_.pop_front();
  if (entries_.empty())
    settled_ = condensing_ = returned_ = false;
  return oldest;
}

failure stanza_queue::push(stanza& stanza) {
  if (settled_)
    if (auto why = limits_->admit(stanza); why != failure::none)
      return why;
  limits_->account().queued(stanza);
  entries_.push_back({std::move(stanza), settled_});
  loose_ += 1;
  return failure::none;
}

void stanza_queue::push_front(std::vector<stanza>& xs) {
  for (auto oldest = xs.rbegin(); oldest != xs.rend(); ++oldest) {
    limits_->account().queued(*oldest);
    entries_.push_front({std::move(*oldest), false});
    returned_ = true;
  }
  xs.clear();
}

std::vector<stanza> stanza_queue::take_all() { return take_front(size()); }

std::vector<stanza> stanza_queue::take_front(size_t n) {
  n = std::min(n, size());
  std::vector<stanza> result;
  result.reserve(n);
  for (size_t i = 0; i < n; ++i)
    result.push_back(pop());
  return result;
}

std::vector<stanza> stanza_queue::take_older(time_point limit) {
  std::vector<stanza> result;
  while (!entries_.empty() && entries_.front().value.since < limit)
    result.push_back(pop());
  return result;
}

void stanza_queue::condense(time_point now) {
  if (settled_ || entries_.empty() || (!condensing_ && now < condense_due()))
    return;
  condensing_ = true;
  condenser row;
  const auto loose = std::min(std::exchange(loose_, 0), size());
  std::for_each(entries_.end() - static_cast<ptrdiff_t>(loose), entries_.end(),
                [&](entry& x) { row.add(x.value); });
}

time_point stanza_queue::condense_due() const {
  return condensing_ || settled_ || entries_.empty()
           ? time_point::max()
           : entries_.front().value.since + condense_after;
}

time_point stanza_queue::settle_due() const {
  return entries_.empty() || (settled_ && !returned_)
           ? time_point::max()
           : entries_.front().value.since + hold_back_time;
}

time_point stanza_queue::next_due(duration limit) const {
  if (entries_.empty())
    return time_point::max();
  // The first moment at which the oldest stanza is older than the limit.
  const auto old = entries_.front().value.since + limit + duration{1};
  return std::min(old, next_due());
}

std::vector<rejected_stanza> stanza_queue::settle_in(time_point now) {
  std::vector<rejected_stanza> result;
  if (now < settle_due() || entries_.empty())
    return result;
  settled_ = true;
  returned_ = false;
  std::deque<entry> kept;
  for (auto& entry : entries_) {
    auto why = entry.admitted ? failure::none : limits_->admit(entry.value);
    if (why == failure::none) {
      entry.admitted = true;
      kept.push_back(std::move(entry));
    } else {
      result.push_back({leave(entry), why});
    }
  }
  entries_.swap(kept);
  if (entries_.empty())
    settled_ = condensing_ = false;
  return result;
}

} // namespace fedhub
