#include "actors/stanzas/unconfirmed.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include <caf/make_counted.hpp>

#include "actors/stanzas/queue_account.hpp"

namespace fedhub {

namespace {

/// Stanzas that are at most one part in so many of their chunk pin it.
constexpr size_t part_of_chunk = 4;

/// Fewer entries are moved into the row before them, instead of making a row of their own.
constexpr size_t small_row = 16;

/// Calls `done` with each run of stanzas in one chunk, and with their octets. A chunk may have
/// several runs.
template <class Function>
void for_each_run(std::span<outbox_entry> entries, Function done) {
  for (size_t i = 0; i < entries.size();) {
    const auto* buffer = entries[i].value.buffer.get();
    size_t octets = 0;
    size_t end = i;
    for (; end < entries.size() && entries[end].value.buffer.get() == buffer; ++end)
      octets += entries[end].value.size;
    if (buffer != nullptr)
      done(*buffer, entries.subspan(i, end - i), octets);
    i = end;
  }
}

} // namespace

unconfirmed::~unconfirmed() {
  for (auto& x : take_all())
    account_.lost(x);
}

void unconfirmed::take(std::vector<outbox_entry> entries, size_t from) {
  const auto pinned = release_sources(std::span{entries}.subspan(from));
  append({std::move(entries), from, pinned});
  if (octets_ > most_octets)
    deliver_front([&](const outbox_entry& entry, size_t octets_before) {
      if (octets_ - octets_before <= most_octets)
        return false;
      given_up_end_ = confirmed_ + std::max(0, octets_past_confirmed(entry));
      return true;
    });
}

size_t unconfirmed::places() const {
  size_t result = 0;
  for (auto& x : rows_)
    result += x.entries.capacity();
  return result;
}

/// Shrinks a row of which most stanzas are gone. Else a peer could keep its memory in use for as
/// long as it likes. This moves stanzas, so a saturated stream does it only when TCP is asked.
void unconfirmed::compact(row& row) {
  const auto left = row.entries.size() - row.first;
  if (row.entries.capacity() <= 2 * left + small_row)
    return;
  std::vector<outbox_entry> rest;
  rest.reserve(left);
  for (auto& entry : std::span{row.entries}.subspan(row.first))
    if (!entry.value.settled())
      rest.push_back(std::move(entry));
  row.entries.swap(rest);
  row.first = 0;
}

/// Counts the stanzas, and lets their sources read on. @returns the octets that are pinned.
int64_t unconfirmed::release_sources(std::span<outbox_entry> entries) {
  int64_t pinned = 0;
  for_each_run(entries, [&](const chunk& buffer, std::span<outbox_entry> run, size_t octets) {
    size_ += run.size();
    octets_ += octets;
    if (buffer.lone()) {
      charge_to_hub(run);
      return;
    }
    if (octets * part_of_chunk <= buffer.capacity()) {
      const auto chunk_octets = static_cast<int64_t>(buffer.capacity());
      if (entries.size() >= small_row && account_.reserve_pinned(chunk_octets))
        pinned += chunk_octets;
      else if (copy(run))
        return;
    }
    if (charge_to_hub(run))
      buffer.discharge(octets);
    attached_ = true;
  });
  return pinned;
}

void unconfirmed::unpin(row& row) {
  if (auto octets = std::exchange(row.pinned, 0); octets != 0)
    account_.release_pinned(octets);
}

void unconfirmed::append(row&& added) {
  const auto fresh = std::span{added.entries}.subspan(added.first);
  if (rows_.empty() || fresh.size() >= small_row) {
    rows_.push_back(std::move(added));
    return;
  }
  auto& last = rows_.back();
  compact(last);
  for (auto& entry : fresh)
    if (!entry.value.settled())
      last.entries.push_back(std::move(entry));
  last.pinned += added.pinned;
}

template <class Function>
void unconfirmed::take_front(Function done) {
  auto at = rows_.begin();
  for (; at != rows_.end(); ++at) {
    const std::span entries{at->entries};
    auto first = at->first;
    while (first < entries.size() && (entries[first].value.settled() || done(entries[first])))
      ++first;
    at->first = first;
    if (first < entries.size())
      break;
    unpin(*at);
  }
  rows_.erase(rows_.begin(), at);
  if (auto octets = std::exchange(released_, 0); octets != 0)
    account_.release(octets);
}

void unconfirmed::leave(outbox_entry& entry) {
  tally_.unqueued(entry.value);
  size_ -= 1;
  octets_ -= entry.value.size;
  if (entry.admitted)
    released_ += waiting_octets(entry.value.size);
}

template <class Predicate>
void unconfirmed::deliver_front(Predicate gone) {
  stanza_run run;
  size_t stanzas = 0;
  size_t octets = 0;
  int64_t released = 0;
  take_front([&](outbox_entry& entry) {
    if (!gone(entry, octets))
      return false;
    if (!run.continues_with(entry.value))
      tally_.delivered_from_queue(run);
    stanzas += 1;
    octets += entry.value.size;
    released += entry.admitted ? waiting_octets(entry.value.size) : 0;
    run.add(entry.value, !entry.admitted);
    return true;
  });
  tally_.delivered_from_queue(run);
  size_ -= stanzas;
  octets_ -= octets;
  if (released != 0)
    account_.release(released);
}

void unconfirmed::written(time_point now) {
  if (idle())
    return;
  wait_ = first_wait;
  ask_at_ = std::min(ask_at_, now + (urgent_ ? urgent_wait : attached_ ? hold_back_time : wait_));
}

void unconfirmed::confirm(uint64_t place) {
  confirmed_ = std::max(confirmed_, place);
  deliver_front([this](const outbox_entry& x, size_t) { return octets_past_confirmed(x) <= 0; });
  attached_ = attached_ && !empty();
}

void unconfirmed::asked(time_point now) {
  if (idle()) {
    ask_at_ = time_point::max();
    return;
  }
  attached_ = false;
  for (auto& entry : rows_) {
    bool all = true;
    for_each_run(std::span{entry.entries}.subspan(entry.first),
                 [&](const chunk& buffer, std::span<outbox_entry> run, size_t) {
                   all = (buffer.lone() || copy(run)) && all;
                 });
    if (all)
      unpin(entry);
    compact(entry);
  }
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
  take_front([&](outbox_entry& entry) {
    leave(entry);
    result.push_back(std::move(entry.value));
    return true;
  });
  attached_ = false;
  return result;
}

std::vector<stanza> unconfirmed::take_answerable() {
  std::vector<stanza> result;
  std::vector<outbox_entry> own;
  take_front([&](outbox_entry& entry) {
    if (entry.value.generated) {
      own.push_back(std::move(entry));
    } else {
      leave(entry);
      result.push_back(std::move(entry.value));
    }
    return true;
  });
  if (!own.empty())
    rows_.push_back({std::move(own), 0, 0});
  return result;
}

/// Charges a run to the hub-wide account. @returns false if there is no room; then nothing has
/// changed.
bool unconfirmed::charge_to_hub(std::span<outbox_entry> run) {
  int64_t waiting = 0;
  for (auto& entry : run)
    if (!entry.admitted)
      waiting += waiting_octets(entry.value.size);
  if (waiting != 0 && !account_.reserve(waiting))
    return false;
  for (auto& x : run)
    x.admitted = true;
  return true;
}

/// Copies a run of stanzas into one new chunk. @returns false if there is no room; then nothing has
/// changed.
bool unconfirmed::copy(std::span<outbox_entry> run) {
  size_t octets = 0;
  size_t charged = 0;
  for (auto& entry : run) {
    octets += entry.value.size;
    charged += entry.admitted ? 0 : entry.value.size;
  }
  if (!charge_to_hub(run))
    return false;
  const auto former = run.front().value.buffer;
  auto own = caf::make_counted<chunk>(octets, former->source_handle(), true);
  char* at = own->data();
  for (auto& entry : run) {
    std::memcpy(at, entry.value.data, entry.value.size);
    entry.value.data = at;
    entry.value.buffer = own;
    at += entry.value.size;
  }
  former->discharge(charged);
  return true;
}

} // namespace fedhub
