// A queue of stanzas that wait for a stream.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <vector>

#include "actors/stanzas/queue_account.hpp"

namespace fedhub {

/// A first-in first-out queue of stanzas, counted as queued while they are in it.
///
/// A stanza enters attached, and holds back its source. Once the oldest has waited for
/// `condense_after`, `condense` makes stanzas hold it back by their own octets only. After
/// `hold_back_time`, `settle_in` detaches waiting stanzas as far as the limits go. From then on,
/// stanzas are detached on entry, until the queue has been empty.
///
/// Belongs to one actor. Several queues of one actor may share the account.
class stanza_queue {
public:
  using duration = time_point::duration;

  /// @param limits outlives the queue.
  explicit stanza_queue(queue_account& limits) : limits_(&limits) {}
  stanza_queue(stanza_queue&&) = default;
  stanza_queue& operator=(stanza_queue&&) = delete;
  ~stanza_queue(); ///< drops the remaining stanzas.

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  /// Returns the octets of all stanzas. Takes time in proportion to their number.
  uint64_t octets() const {
    uint64_t sum = 0;
    for (const auto& entry : entries_)
      sum += entry.value.size;
    return sum;
  }

  /// Appends a stanza. @returns `none`, or why there is no room; then `stanza` stays with the
  /// caller.
  failure push(stanza& stanza);
  /// Puts stanzas that a stream gave back before all others, in their order.
  void push_front(std::vector<stanza>& xs);

  /// Takes all out, in order.
  std::vector<stanza> take_all();
  /// Takes out the first `n`, or all if there are fewer.
  std::vector<stanza> take_front(size_t n);
  /// Takes stanzas out of the front as long as they were taken from their stream before `limit`.
  std::vector<stanza> take_older(time_point limit);

  /// Returns whether `f` is true for a stanza.
  template <class F>
  bool any(F f) const {
    return std::ranges::any_of(entries_, [&](auto& x) { return f(x.value); });
  }

  /// Condenses the stanzas once the oldest has waited for `condense_after`; see `condenser`. Until
  /// the queue has been empty, each further call condenses the stanzas that have come since.
  void condense(time_point now);
  /// Returns when to call `condense` for the first time; `time_point::max()` after that.
  time_point condense_due() const;

  /// Returns when there is something to do next: to `condense`, to `settle_in`, or to `take_older`
  /// stanzas that have waited for `limit`. Returns `time_point::max()` if the queue is empty. Once
  /// that is done, the next time is later.
  time_point next_due(duration limit) const;
  /// Returns the same without a limit.
  time_point next_due() const { return std::min(condense_due(), settle_due()); }

  /// Detaches stanzas that hold back their sources for too long. @returns those for which the
  /// limits have no room.
  std::vector<rejected_stanza> settle_in(time_point now);

private:
  struct entry {
    stanza value;
    bool admitted = false; ///< detached, and counted in the account.
  };

  time_point settle_due() const;
  stanza pop();
  stanza leave(entry& entry);

  std::deque<entry> entries_;
  queue_account* limits_;
  bool settled_ = false;  ///< stanzas are detached on entry.
  bool returned_ = false; ///< stanzas were put in front since the last `settle_in`.
  bool condensing_ = false;
  /// At least so many of the last entries are new to `condense`.
  size_t loose_ = 0;
};

} // namespace fedhub
