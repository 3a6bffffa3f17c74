#include "actors/stanzas/accounting.hpp"

#include <utility>

namespace fedhub {

accounting::accounting(hub_metrics& metrics, int64_t limit)
  : metrics_(metrics), memory_limit_(limit) {
  memory_limit(limit);
}

void accounting::memory_limit(int64_t octets) {
  memory_limit_ = octets;
  metrics_.queue_limit_octets.Set(static_cast<double>(octets));
}

void accounting::bounced(stanza& stanza, failure why) {
  metrics_.stanzas_bounced.at(stanza.direction(), why).Increment();
  stanza.buffer.reset();
}

void accounting::dropped(stanza& stanza, failure why) {
  if (stanza.generated)
    metrics_.replies.at(reply_result::dropped).Increment();
  else
    metrics_.stanzas_dropped.at(stanza.direction(), why).Increment();
  stanza.buffer.reset();
}

void accounting::lost(stanza& stanza) {
  lost_.fetch_add(1, std::memory_order_relaxed);
  if (stanza.generated)
    lost_answers_.fetch_add(1, std::memory_order_relaxed);
  dropped(stanza, failure::shutting_down);
}

void accounting::queued(const stanza& stanza) {
  if (!stanza.generated)
    metrics_.stanzas_queued.at(stanza.direction()).Increment();
  metrics_.queued_octets.Increment(static_cast<double>(waiting_octets(stanza.size)));
}

void accounting::unqueued(const stanza& stanza) {
  if (!stanza.generated)
    metrics_.stanzas_queued.at(stanza.direction()).Decrement();
  metrics_.queued_octets.Decrement(static_cast<double>(waiting_octets(stanza.size)));
}

bool accounting::reserve(int64_t octets) {
  auto limit = memory_limit_.load(std::memory_order_relaxed);
  if (reserved_.fetch_add(octets, std::memory_order_relaxed) + octets <= limit)
    return true;
  reserved_.fetch_sub(octets, std::memory_order_relaxed);
  return false;
}

void accounting::release(int64_t octets) { reserved_.fetch_sub(octets, std::memory_order_relaxed); }

bool accounting::reserve_pinned(int64_t octets) {
  const auto limit = memory_limit_.load(std::memory_order_relaxed) / pinned_part;
  if (pinned_.fetch_add(octets, std::memory_order_relaxed) + octets <= limit)
    return true;
  release_pinned(octets);
  return false;
}

void stanza_tally::delivered(stanza& stanza) {
  if (stanza.generated)
    replies_ += 1;
  else
    delivered_[static_cast<size_t>(stanza.direction())] += 1;
  done_.add(std::move(stanza.buffer), stanza.size);
}

void stanza_tally::delivered_from_queue(stanza_run& run) {
  if (run.stanzas == 0)
    return;
  if (run.generated) {
    replies_ += run.stanzas;
  } else {
    const auto direction = static_cast<size_t>(run.buffer->source().direction());
    queued_[direction] -= run.stanzas;
    delivered_[direction] += run.stanzas;
  }
  queued_octets_ -= run.waiting;
  done_.add(run.buffer, run.stanzas, run.charged);
  run = {};
}

void stanza_tally::publish() {
  auto& metrics = account_.metrics();
  auto take = [](int64_t& x) { return static_cast<double>(std::exchange(x, 0)); };
  for (size_t i = 0; i < queued_.size(); ++i) {
    auto direction = static_cast<stanza_direction>(i);
    // In this order, a scrape in between counts a stanza twice, but never misses one.
    if (delivered_[i] != 0)
      metrics.stanzas_delivered.at(direction).Increment(take(delivered_[i]));
    if (queued_[i] != 0)
      metrics.stanzas_queued.at(direction).Increment(take(queued_[i]));
    if (resent_[i] != 0)
      metrics.stanzas_resent.at(direction).Increment(take(resent_[i]));
  }
  if (held_ != 0)
    metrics.stanzas_unacknowledged.Increment(take(held_));
  if (queued_octets_ != 0)
    metrics.queued_octets.Increment(take(queued_octets_));
  if (replies_ != 0)
    metrics.replies.at(reply_result::sent).Increment(take(replies_));
  done_.release();
}

} // namespace fedhub
