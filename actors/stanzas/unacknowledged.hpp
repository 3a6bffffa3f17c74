// What a connection has written and the peer has not acknowledged: XEP-0198.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "actors/stanzas/queue_account.hpp"

namespace fedhub {

/// Stanzas that are written but still the hub's own, in the order of their writing: acknowledged
/// from the front, or taken out when the stream ends, to be sent again on the next one. They stay
/// counted as queued.
///
/// Whether the peer got a stanza that it did not acknowledge can't be known, unless it lets the
/// stream be resumed and tells: so a stanza that is sent again may arrive twice. The alternative
/// would be to lose it.
///
/// A stanza enters as it is, holding its source back; acknowledgements come within a round trip.
/// One that has waited for `hold_back_time` is copied and counts against the limits. Where these
/// have no room it stays as it is, since it can't be refused any more; the stream then writes no
/// more (`room`). Belongs to one actor.
class unacknowledged {
public:
  /// @param limits, tally outlive the object.
  unacknowledged(queue_account& limits, stanza_tally& tally) : limits_(limits), tally_(tally) {}
  unacknowledged(const unacknowledged&) = delete;
  unacknowledged& operator=(const unacknowledged&) = delete;
  ~unacknowledged(); ///< drops what is left.

  bool empty() const { return size() == 0; }
  size_t size() const { return entries_.size() - first_; }
  int64_t octets() const { return octets_; }
  /// Octets that may be written before something is acknowledged; 0: none. One stanza may be
  /// larger.
  size_t room() const;

  /// Appends a stanza that is counted as queued. @param admitted it is in the account of the
  /// limits.
  void push(stanza x, bool admitted);

  /// The peer has taken the first `n` over: they are delivered. @pre `n <= size()`
  void acknowledge(size_t n);

  /// Takes all out, in order; they are queued no more. They wait for their next stream from `now`
  /// on, whenever it was that they came.
  std::vector<stanza> take_all(time_point now);

  /// Gives each to `to`, in order; they are queued no more.
  template <class Function>
  void hand_over(Function to) {
    for (size_t i = first_; i < entries_.size(); ++i)
      to(leave(entries_[i]));
    drop_front(size());
  }

  /// Copies stanzas that hold back their sources for long, as far as the limits go.
  void settle_in(time_point now);
  /// When `settle_in` has something to do; `time_point::max()` if there is nothing to wait for.
  time_point settle_due() const;

private:
  struct entry {
    stanza value;
    bool admitted = false;
  };

  void drop_front(size_t n);
  stanza leave(entry& x);

  std::vector<entry> entries_; ///< those before `first_` are gone.
  size_t first_ = 0;
  size_t settled_ = 0; ///< so many of those at the front are copied.
  int64_t octets_ = 0;
  bool no_room_ = false; ///< the limits refused a copy; until something is acknowledged.
  queue_account& limits_;
  stanza_tally& tally_;
};

} // namespace fedhub
