// The account of every stanza: accepted = delivered + bounced + dropped + queued.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "actors/stanza.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/failure.hpp"

namespace fedhub {

/// Settles stanzas: each one ends here, once. Settling takes the stanza's buffer away, so that a
/// second time would show.
///
/// Thread safety: all of it.
class accounting {
public:
  /// @param memory_limit octets that waiting stanzas may hold, hub-wide.
  accounting(hub_metrics& metrics, int64_t memory_limit);

  hub_metrics& metrics() const { return metrics_; }

  /// Written to its destination.
  void delivered(stanza& x);
  /// Answered by a stanza error; the caller sends that.
  void bounced(stanza& x, failure why);
  /// Neither delivered nor answerable.
  void dropped(stanza& x, failure why);

  /// A stanza begins or ceases to wait in a queue.
  void queued(const stanza& x);
  void unqueued(const stanza& x);

  /// Takes `octets` of the hub-wide memory for waiting stanzas. @returns false if there are not as
  /// many left.
  bool reserve(int64_t octets);
  void release(int64_t octets);
  void memory_limit(int64_t octets);

private:
  hub_metrics& metrics_;
  std::atomic<int64_t> memory_limit_;
  std::atomic<int64_t> reserved_{0};
};

} // namespace fedhub
