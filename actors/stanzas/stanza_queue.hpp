// Stanzas that wait for a stream.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <vector>

#include "actors/stanzas/queue_account.hpp"

namespace fedhub {

/// A first-in first-out queue of stanzas, counted as queued while they are in it.
///
/// A stanza enters as it is, holding its source back. Once the oldest has waited for
/// `condense_after`, `condense` has them hold it back by their own octets only. After
/// `hold_back_time`, `settle_in` copies what waits, as far as the limits go, and stanzas that come
/// are copied at once, until the queue has been empty. Belongs to one actor; the account may be
/// shared by queues of the same actor.
class stanza_queue {
public:
  using duration = time_point::duration;

  /// @param limits outlives the queue.
  explicit stanza_queue(queue_account& limits) : limits_(&limits) {}
  stanza_queue(stanza_queue&&) = default;
  stanza_queue& operator=(stanza_queue&&) = delete;
  ~stanza_queue(); ///< drops what is left.

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }

  /// Appends. @returns `none`, or why there is no room; then `x` is still the caller's.
  failure push(stanza& x);
  /// Puts stanzas that a stream gave back before all others, in their order.
  void push_front(std::vector<stanza>& xs);

  /// Takes all out, in order.
  std::vector<stanza> take_all();
  /// Takes out the first `n`, or all if there are fewer.
  std::vector<stanza> take_front(size_t n);
  /// Takes out those taken from their stream before `limit`, as far as they stand in front.
  std::vector<stanza> take_older(time_point limit);

  /// Whether `f` is true of one of them.
  template <class F>
  bool any(F f) const {
    return std::ranges::any_of(entries_, [&](auto& x) { return f(x.value); });
  }

  /// Once the oldest stanza has waited for `condense_after`: what waits lets go of the chunks in
  /// which it is a small part, as `condenser` does it, and so does, in each further call, what has
  /// come since, until the queue has been empty.
  void condense(time_point now);
  /// When `condense` has something to do for the first time; `time_point::max()` after that.
  time_point condense_due() const;

  /// When there is something to do next: to `condense`, to `settle_in`, or to `take_older` what has
  /// waited for `limit`; `time_point::max()` if the queue is empty. Once that is done, it lies
  /// later.
  time_point next_due(duration limit) const;
  /// The same without a limit.
  time_point next_due() const { return std::min(condense_due(), settle_due()); }

  /// Copies stanzas that hold back their sources for long. @returns those that the limits have no
  /// room for.
  std::vector<rejected_stanza> settle_in(time_point now);

private:
  struct entry {
    stanza value;
    bool admitted = false; ///< copied in, in the account.
  };

  time_point settle_due() const;
  stanza pop();
  stanza leave(entry& x);

  std::deque<entry> entries_;
  queue_account* limits_;
  bool settled_ = false;  ///< stanzas that come are copied at once.
  bool returned_ = false; ///< some in front were given back since the last `settle_in`.
  bool condensing_ = false;
  size_t loose_ = 0; ///< so many of the last entries, at least, were not looked at by `condense`.
};

} // namespace fedhub
