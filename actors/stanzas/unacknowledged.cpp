#include "actors/stanzas/unacknowledged.hpp"

#include <utility>

namespace fedhub {

unacknowledged::~unacknowledged() {
  for (auto& x : take_all({}))
    limits_.account().lost(x);
}

size_t unacknowledged::room() const {
  const auto used = static_cast<int64_t>(size());
  if (no_room_ || used >= limits_.max_stanzas() || octets_ >= limits_.max_bytes())
    return 0;
  return static_cast<size_t>(limits_.max_bytes() - octets_);
}

void unacknowledged::push(stanza stanza, bool admitted) {
  if (first_ > entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
  octets_ += stanza.size;
  tally_.held(1);
  entries_.push_back({std::move(stanza), admitted});
}

stanza unacknowledged::leave(entry& entry) {
  tally_.unqueued(entry.value);
  tally_.held(-1);
  octets_ -= entry.value.size;
  if (entry.admitted)
    limits_.release(entry.value.size);
  return std::move(entry.value);
}

void unacknowledged::drop_front(size_t n) {
  first_ += n;
  settled_ -= std::min(settled_, n);
  no_room_ = false;
  if (first_ == entries_.size()) {
    // Most streams are quiet most of the time, so the places are freed, as in the outbox.
    std::vector<entry>{}.swap(entries_);
    first_ = 0;
  }
}

void unacknowledged::acknowledge(size_t n) {
  for (size_t i = first_; i < first_ + n; ++i) {
    auto left = leave(entries_[i]);
    tally_.delivered(left);
  }
  drop_front(n);
}

std::vector<stanza> unacknowledged::take_all(time_point now) {
  std::vector<stanza> result;
  result.reserve(size());
  for (size_t i = first_; i < entries_.size(); ++i) {
    result.push_back(leave(entries_[i]));
    result.back().since = now;
    ++result.back().times_sent;
  }
  drop_front(size());
  return result;
}

void unacknowledged::settle_in(time_point now) {
  for (; settled_ < size(); ++settled_) {
    auto& entries = entries_[first_ + settled_];
    if (entries.admitted)
      continue;
    if (now - entries.value.since < hold_back_time)
      return;
    no_room_ = limits_.admit(entries.value) != failure::none;
    if (no_room_)
      return;
    entries.admitted = true;
  }
}

time_point unacknowledged::settle_due() const {
  if (no_room_ || settled_ == size())
    return time_point::max();
  return entries_[first_ + settled_].value.since + hold_back_time;
}

} // namespace fedhub
