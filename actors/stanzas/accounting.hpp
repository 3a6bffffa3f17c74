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

/// Settles stanzas: each one ends here, once. Settling takes the stanza's buffer away, so that a
/// second time would show.
///
/// Thread safety: all of it.
class accounting {
public:
  /// @param memory_limit octets that waiting stanzas may hold, hub-wide.
  accounting(hub_metrics& metrics, int64_t memory_limit);

  hub_metrics& metrics() const { return metrics_; }

  /// Answered by a stanza error; the caller sends that.
  void bounced(stanza& x, failure why);
  /// Neither delivered nor answerable.
  void dropped(stanza& x, failure why);
  /// Dropped as `shutting-down` by who held it, without a try to answer: at the hub's end, or when
  /// an actor failed. The hub's own answers too.
  void lost(stanza& x);
  /// Stanzas, and answers to stanzas, that were `lost`.
  uint64_t lost_count() const { return lost_.load(std::memory_order_relaxed); }
  /// Of them, answers: their stanzas were counted as bounced.
  uint64_t lost_answers() const { return lost_answers_.load(std::memory_order_relaxed); }

  /// A stanza begins or ceases to wait in a queue.
  void queued(const stanza& x);
  void unqueued(const stanza& x);

  /// Takes `octets` of the hub-wide memory for waiting stanzas. @returns false if there are not as
  /// many left.
  bool reserve(int64_t octets);
  void release(int64_t octets);
  void memory_limit(int64_t octets);

  /// Takes so many octets of what chunks may hold in memory for a moment for the sake of a few
  /// written stanzas in them, hub-wide: a part of the limit above, and counted apart from it.
  /// @returns false if there are not as many left.
  bool reserve_pinned(int64_t octets);
  void release_pinned(int64_t octets) { pinned_.fetch_sub(octets, std::memory_order_relaxed); }
  int64_t pinned() const { return pinned_.load(std::memory_order_relaxed); }

private:
  /// Of the memory for waiting stanzas.
  static constexpr int64_t pinned_part = 16;

  hub_metrics& metrics_;
  std::atomic<int64_t> memory_limit_;
  std::atomic<int64_t> reserved_{0};
  std::atomic<int64_t> pinned_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint64_t> lost_answers_{0};
};

/// Stanzas in a row that point to one chunk, and of which all or none are answers of the hub's.
struct stanza_run {
  const chunk* buffer = nullptr; ///< with so many references of the run's own as there are stanzas.
  uint32_t stanzas = 0;
  bool generated = false;
  size_t charged = 0;  ///< octets that count against the source's credit.
  int64_t waiting = 0; ///< by `waiting_octets`.

  bool goes_on_with(const stanza& x) const {
    return x.buffer.get() == buffer && x.generated == generated;
  }
  /// @pre `goes_on_with(x)`, or there are none yet.
  void add(stanza& x, bool is_charged) {
    generated = x.generated;
    buffer = x.buffer.detach();
    stanzas += 1;
    charged += is_charged ? x.size : 0;
    waiting += waiting_octets(x.size);
  }
};

/// What became of stanzas in one place since the metrics were last told: a turn of hundreds then
/// costs one atomic operation per counter, and not several per stanza. Belongs to one actor.
class stanza_tally {
public:
  explicit stanza_tally(accounting& account) : account_(account) {}
  stanza_tally(const stanza_tally&) = delete;
  stanza_tally& operator=(const stanza_tally&) = delete;
  ~stanza_tally() { publish(); }

  void queued(const stanza& x) { wait(x, 1); }
  void unqueued(const stanza& x) { wait(x, -1); }
  /// @param x its buffer is let go by `publish` at the latest.
  void delivered(stanza& x);
  /// They wait no more, and are delivered. Afterwards the run has none.
  void delivered_from_queue(stanza_run& x);

  /// So many more stanzas are written and not acknowledged.
  void held(int64_t change) { held_ += change; }
  /// Written in full, and not for the first time.
  void resent(const stanza& x) {
    if (!x.generated)
      resent_[static_cast<size_t>(x.direction())] += 1;
  }

  /// Tells the metrics. To be called before the actor's turn ends.
  void publish();

private:
  void wait(const stanza& x, int64_t change) {
    if (!x.generated)
      queued_[static_cast<size_t>(x.direction())] += change;
    queued_octets_ += change * waiting_octets(x.size);
  }

  using by_direction = std::array<int64_t, label_count<stanza_direction>>;

  accounting& account_;
  by_direction queued_{};
  by_direction delivered_{};
  by_direction resent_{};
  int64_t held_ = 0;
  int64_t queued_octets_ = 0;
  int64_t replies_ = 0;
  chunk_references done_; ///< of what is delivered.
};

} // namespace fedhub
