#include "actors/accounting.hpp"

namespace fedhub {

accounting::accounting(hub_metrics& metrics, int64_t limit)
  : metrics_(metrics), memory_limit_(limit) {
  memory_limit(limit);
}

void accounting::memory_limit(int64_t octets) {
  memory_limit_ = octets;
  metrics_.queue_limit_octets.Set(static_cast<double>(octets));
}

void accounting::delivered(stanza& x) {
  if (x.generated)
    metrics_.replies.at(reply_result::sent).Increment();
  else
    metrics_.stanzas_delivered.at(x.direction()).Increment();
  x.buffer.reset();
}

void accounting::bounced(stanza& x, failure why) {
  metrics_.stanzas_bounced.at(x.direction(), why).Increment();
  x.buffer.reset();
}

void accounting::dropped(stanza& x, failure why) {
  if (x.generated)
    metrics_.replies.at(reply_result::dropped).Increment();
  else
    metrics_.stanzas_dropped.at(x.direction(), why).Increment();
  x.buffer.reset();
}

void accounting::queued(const stanza& x) {
  if (!x.generated)
    metrics_.stanzas_queued.at(x.direction()).Increment();
  metrics_.queued_octets.Increment(x.size);
}

void accounting::unqueued(const stanza& x) {
  if (!x.generated)
    metrics_.stanzas_queued.at(x.direction()).Decrement();
  metrics_.queued_octets.Decrement(x.size);
}

bool accounting::reserve(int64_t octets) {
  auto limit = memory_limit_.load(std::memory_order_relaxed);
  if (reserved_.fetch_add(octets, std::memory_order_relaxed) + octets <= limit)
    return true;
  reserved_.fetch_sub(octets, std::memory_order_relaxed);
  return false;
}

void accounting::release(int64_t octets) { reserved_.fetch_sub(octets, std::memory_order_relaxed); }

} // namespace fedhub
