// The outbox's written stanzas, until the peer (XEP-0198) or its TCP has acknowledged them.
#include "actors/stanzas/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace fedhub {

// ---- acknowledgement ---------------------------------------------------------------------------

void outbox::hold_written() {
  holding_ = true;
  if (!held_)
    held_ = std::make_unique<unacknowledged>(limits_, tally_);
}

void outbox::stop_holding(const transport& to, time_point now) {
  holding_ = false;
  if (to.confirmable())
    retain_held(to, now);
  acknowledge(held_ ? held_->size() : 0);
  held_.reset();
  for (auto& x : waiting())
    x.hold = false;
  to_hold_ = 0;
  progress_ = {};
}

void outbox::hold(entry& entry) {
  to_hold_ -= 1;
  progress_.stanzas += 1;
  progress_.octets += static_cast<uint32_t>(entry.size());
  held_->push(std::move(entry.value), entry.admitted);
}

void outbox::acknowledge(size_t n) {
  if (n > 0 && held_)
    held_->acknowledge(std::min(n, held_->size()));
  publish();
}

void outbox::settle_held(time_point now) {
  if (held_)
    held_->settle_in(now);
}

bool outbox::blocked() const {
  return holding_ && !offered_ && front_written_ == 0 && !empty() && entries_[first_].hold
         && held_->room() == 0;
}

std::vector<stanza> outbox::take_held(time_point now) {
  std::vector<stanza> result;
  if (held_)
    result = held_->take_all(now);
  publish();
  return result;
}

std::vector<stanza> outbox::take_held_answerable(time_point now) {
  auto all = take_held(now);
  std::vector<stanza> result;
  for (auto& entry : all)
    if (entry.generated) {
      tally_.queued(entry);
      held_->push(std::move(entry), false);
    } else {
      result.push_back(std::move(entry));
    }
  publish();
  return result;
}

// ---- confirmation by TCP -----------------------------------------------------------------------

/// Retains the written stanzas from index `from` up to `first_`, which have so many octets. @param
/// place the socket's octets before they were written.
void outbox::retain_written(size_t octets, size_t from, uint64_t place, const transport& to) {
  if (!retained_)
    retained_ = std::make_unique<unconfirmed>(place, limits_.account(), tally_);
  else if (retained_->asks_before(octets))
    retained_->confirm(to.octets_acknowledged());
  std::vector<entry> row;
  if (empty()) {
    row.swap(entries_);
    clear();
  } else {
    const auto written = std::span{entries_}.subspan(from, first_ - from);
    row.assign(std::move_iterator{written.begin()}, std::move_iterator{written.end()});
    from = 0;
  }
  retained_->take(std::move(row), from);
}

/// Retains the held stanzas. All of them are written, but the place of each one is not known any
/// more.
void outbox::retain_held(const transport& to, time_point now) {
  if (!held_ || held_->empty())
    return;
  if (!retained_)
    retained_ = std::make_unique<unconfirmed>(to.octets_acknowledged(), limits_.account(), tally_);
  std::vector<entry> row;
  row.reserve(held_->size());
  held_->hand_over([&](stanza stanza) {
    tally_.queued(stanza);
    row.emplace_back(std::move(stanza), nullptr, false, false);
    row.back().end = static_cast<uint32_t>(to.octets_written());
  });
  retained_->take(std::move(row), 0);
  retained_->confirm(to.octets_acknowledged());
  retained_->written(now);
}

bool outbox::confirm(const transport& from, time_point now) {
  if (!retained_)
    return true;
  retained_->confirm(from.octets_acknowledged());
  retained_->asked(now);
  const bool all = retained_->idle();
  if (all)
    retained_.reset();
  publish();
  return all;
}

std::vector<stanza> outbox::take_unconfirmed(uint64_t& octets_given_up) {
  std::vector<stanza> result;
  if (auto written = std::exchange(retained_, nullptr)) {
    octets_given_up += written->octets_given_up();
    result = written->take_all();
  }
  publish();
  return result;
}

} // namespace fedhub
