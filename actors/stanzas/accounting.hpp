// The account of every stanza: accepted = delivered + bounced + dropped + queued.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/stanzas/stanza.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/errors/failure.hpp"

namespace fedhub {

/// Settles stanzas: each one ends here, once. Settling takes the stanza's buffer away, so settling
/// it twice would be noticed.
///
/// Thread safety: all calls.
class accounting {
public:
  /// @param memory_limit the octets that all waiting stanzas of the hub may have.
  accounting(hub_metrics& metrics, int64_t memory_limit);

  hub_metrics& metrics() const { return metrics_; }

  /// Settles a stanza as answered by a stanza error, which the caller sends.
  void bounced(stanza& stanza, failure why);
  /// Settles a stanza as neither delivered nor answered.
  void dropped(stanza& stanza, failure why);
  /// Settles a stanza that its holder drops as `shutting-down` without an attempt to answer: at the
  /// hub's end, or when an actor failed. Also for the hub's own answers.
  void lost(stanza& stanza);
  /// Returns how many stanzas, the hub's own answers included, were `lost`.
  uint64_t lost_count() const { return lost_.load(std::memory_order_relaxed); }
  /// Returns how many of them were answers. The stanzas that they answer were counted as bounced.
  uint64_t lost_answers() const { return lost_answers_.load(std::memory_order_relaxed); }

  /// Counts a stanza that begins or ends to wait in a queue.
  void queued(const stanza& stanza);
  void unqueued(const stanza& stanza);

  /// Reserves `octets` of the hub-wide memory for waiting stanzas. @returns false if there are not
  /// enough.
  bool reserve(int64_t octets);
  void release(int64_t octets);
  void memory_limit(int64_t octets);

  /// Reserves memory for chunks that are kept for a short time only because of a few written
  /// stanzas in them. The hub-wide limit is a part (`pinned_part`) of the memory limit, and is
  /// counted apart from it.
  /// @returns false if there are not enough octets.
  bool reserve_pinned(int64_t octets);
  void release_pinned(int64_t octets) { pinned_.fetch_sub(octets, std::memory_order_relaxed); }
  int64_t pinned() const { return pinned_.load(std::memory_order_relaxed); }

private:
  /// One part in so many of the memory limit for waiting stanzas.
  static constexpr int64_t pinned_part = 16;

  hub_metrics& metrics_;
  std::atomic<int64_t> memory_limit_;
  std::atomic<int64_t> reserved_{0};
  std::atomic<int64_t> pinned_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint64_t> lost_answers_{0};
};

/// Stanzas in a row that lie in one chunk. Either all or none of them are the hub's own answers.
struct stanza_run {
  /// The run owns one reference to it for each stanza.
  const chunk* buffer = nullptr;
  uint32_t stanzas = 0;
  bool generated = false;
  size_t charged = 0;  ///< octets that count against the source's credit.
  int64_t waiting = 0; ///< memory by `waiting_octets`.

  bool continues_with(const stanza& x) const {
    return x.buffer.get() == buffer && x.generated == generated;
  }
  /// Adds a stanza. @pre `continues_with(x)`, or the run is empty.
  void add(stanza& stanza, bool is_charged) {
    generated = stanza.generated;
    buffer = stanza.buffer.detach();
    stanzas += 1;
    charged += is_charged ? stanza.size : 0;
    waiting += waiting_octets(stanza.size);
  }
};

/// Counts what happens to stanzas in one place, and adds the sums to the metrics in `publish`. So a
/// turn with hundreds of stanzas costs one atomic operation per counter, not several per stanza.
/// Belongs to one actor.
class stanza_tally {
public:
  explicit stanza_tally(accounting& account) : account_(account) {}
  stanza_tally(const stanza_tally&) = delete;
  stanza_tally& operator=(const stanza_tally&) = delete;
  ~stanza_tally() { publish(); }

  void queued(const stanza& x) { wait(x, 1); }
  void unqueued(const stanza& x) { wait(x, -1); }
  /// Counts a delivered stanza. @param stanza its buffer is released by `publish` at the latest.
  void delivered(stanza& stanza);
  /// Counts the stanzas of a run as delivered and no longer queued. Then the run is empty.
  void delivered_from_queue(stanza_run& run);

  /// Counts so many more stanzas that are written and not acknowledged.
  void held(int64_t change) { held_ += change; }
  /// Counts a stanza that was written in full, not for the first time.
  void resent(const stanza& stanza) {
    if (!stanza.generated)
      resent_[static_cast<size_t>(stanza.direction())] += 1;
  }

  /// Updates the metrics. Call before the actor's turn ends.
  void publish();

private:
  void wait(const stanza& stanza, int64_t change) {
    if (!stanza.generated)
      queued_[static_cast<size_t>(stanza.direction())] += change;
    queued_octets_ += change * waiting_octets(stanza.size);
  }

  using by_direction = std::array<int64_t, label_count<stanza_direction>>;

  accounting& account_;
  by_direction queued_{};
  by_direction delivered_{};
  by_direction resent_{};
  int64_t held_ = 0;
  int64_t queued_octets_ = 0;
  int64_t replies_ = 0;
  chunk_references done_; ///< references of delivered stanzas.
};

} // namespace fedhub
