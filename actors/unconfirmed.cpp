#include "actors/unconfirmed.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <caf/make_counted.hpp>

#include "actors/queue_account.hpp"

namespace fedhub {

namespace {

/// Stanzas are copied if they are no more than this part of their chunk.
constexpr size_t part_of_chunk = 4;

} // namespace

unconfirmed::~unconfirmed() {
  for (auto& x : take_all())
    account_.lost(x);
}

void unconfirmed::push(stanza x, uint64_t end, bool admitted) {
  if (first_ > entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
  octets_ += x.size;
  const bool charged = admitted && account_.reserve(waiting_octets(x.size));
  entries_.push_back({std::move(x), end, charged});
  ++fresh_;
  while (octets_ > most_octets) {
    given_up_end_ = entries_[first_].end;
    deliver_front();
  }
}

stanza unconfirmed::leave(entry& x) {
  tally_.unqueued(x.value);
  octets_ -= x.value.size;
  if (x.charged)
    account_.release(waiting_octets(x.value.size));
  return std::move(x.value);
}

void unconfirmed::deliver_front() {
  auto x = leave(entries_[first_]);
  tally_.delivered(x);
  ++first_;
}

void unconfirmed::written(time_point now) {
  if (idle())
    return;
  copy_since(entries_.size() - std::min(std::exchange(fresh_, 0), size()), false);
  wait_ = first_wait;
  ask_at_ = std::min(ask_at_, now + (urgent_ ? urgent_wait : attached_ ? hold_back_time : wait_));
}

void unconfirmed::confirm(uint64_t place) {
  confirmed_ = std::max(confirmed_, place);
  while (!empty() && entries_[first_].end <= confirmed_)
    deliver_front();
  if (!empty())
    return;
  entries_.clear(); // the room stays for what comes next; who is quiet lets go of this object
  first_ = fresh_ = 0;
  attached_ = false;
}

void unconfirmed::asked(time_point now) {
  if (idle()) {
    ask_at_ = time_point::max();
    return;
  }
  copy_since(first_, true);
  ask_at_ = now + (urgent_ ? urgent_wait : wait_);
  wait_ = std::min(2 * wait_, longest_wait);
}

time_point unconfirmed::ask_due() const { return idle() ? time_point::max() : ask_at_; }

void unconfirmed::hurry(time_point now) {
  urgent_ = true;
  ask_at_ = std::min(ask_at_, now + urgent_wait);
}

std::vector<stanza> unconfirmed::take_all() {
  std::vector<stanza> result;
  result.reserve(size());
  for (; first_ < entries_.size(); ++first_)
    result.push_back(leave(entries_[first_]));
  entries_.clear();
  first_ = fresh_ = 0;
  attached_ = false;
  return result;
}

std::vector<stanza> unconfirmed::take_answerable() {
  std::vector<stanza> result;
  std::vector<entry> own;
  for (; first_ < entries_.size(); ++first_) {
    auto& x = entries_[first_];
    if (x.value.generated)
      own.push_back(std::move(x));
    else
      result.push_back(leave(x));
  }
  entries_ = std::move(own);
  first_ = fresh_ = 0;
  return result;
}

/// @param all false: only where it is worth it.
void unconfirmed::copy_since(size_t from, bool all) {
  if (all)
    attached_ = false;
  for (size_t i = from; i < entries_.size();) {
    const auto* buffer = entries_[i].value.buffer.get();
    size_t end = i;
    size_t octets = 0;
    for (; end < entries_.size() && entries_[end].value.buffer.get() == buffer; ++end)
      octets += entries_[end].value.size;
    if (!buffer->lone()) {
      const auto* credit = buffer->source().credit();
      if (all || octets * part_of_chunk <= buffer->capacity()
          || (credit != nullptr && credit->half_used()))
        copy(i, end, octets);
      else
        attached_ = true;
    }
    i = end;
  }
}

/// Stanzas of one chunk, into one.
void unconfirmed::copy(size_t from, size_t to, size_t octets) {
  int64_t waiting = 0;
  for (size_t i = from; i < to; ++i)
    waiting += waiting_octets(entries_[i].value.size);
  if (!account_.reserve(waiting))
    return;
  auto own = caf::make_counted<chunk>(octets, entries_[from].value.buffer->source_handle(), true);
  char* at = own->data();
  for (size_t i = from; i < to; ++i) {
    auto& x = entries_[i].value;
    std::memcpy(at, x.data, x.size);
    x.data = at;
    x.buffer = own;
    entries_[i].charged = true;
    at += x.size;
  }
}

} // namespace fedhub
