// The stanzas that a connection has written and the peer has not acknowledged (XEP-0198).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "actors/stanzas/queue_account.hpp"

namespace fedhub {

/// Written stanzas that the hub still owns, in the order of their writing. They are acknowledged
/// from the front, or taken out when the stream ends, to be sent again on the next one. They stay
/// counted as queued.
///
/// The hub cannot know whether the peer got an unacknowledged stanza, unless the peer lets the
/// stream be resumed and reports it. So a stanza that is sent again may arrive twice. Else it could
/// be lost.
///
/// A stanza enters attached, and holds back its source; an acknowledgement takes one round trip.
/// After `hold_back_time` it is detached, and counts against the limits. If these have no room, it
/// stays attached, since it cannot be refused any more. Then the stream writes no more stanzas
/// (`room`).
///
/// Belongs to one actor.
class unacknowledged {
public:
  /// @param limits, tally outlive the object.
  unacknowledged(queue_account& limits, stanza_tally& tally) : limits_(limits), tally_(tally) {}
  unacknowledged(const unacknowledged&) = delete;
  unacknowledged& operator=(const unacknowledged&) = delete;
  ~unacknowledged(); ///< drops the remaining stanzas.

  bool empty() const { return size() == 0; }
  size_t size() const { return entries_.size() - first_; }
  int64_t octets() const { return octets_; }
  /// Returns how many octets may be written before a stanza is acknowledged; 0: none. A single
  /// stanza may exceed it.
  size_t room() const;

  /// Appends a stanza that is counted as queued. @param admitted it is counted in the account of
  /// the limits.
  void push(stanza stanza, bool admitted);

  /// Delivers the first `n` stanzas, which the peer has acknowledged. @pre `n <= size()`
  void acknowledge(size_t n);

  /// Takes all stanzas out, in order; they are no longer queued. Their age begins anew at `now`.
  std::vector<stanza> take_all(time_point now);

  /// Passes each stanza to `to`, in order; they are no longer queued.
  template <class Function>
  void hand_over(Function to) {
    for (size_t i = first_; i < entries_.size(); ++i)
      to(leave(entries_[i]));
    drop_front(size());
  }

  /// Detaches stanzas that hold back their sources for too long, as far as the limits go.
  void settle_in(time_point now);
  /// Returns when to call `settle_in`; `time_point::max()` if there is nothing to wait for.
  time_point settle_due() const;

private:
  struct entry {
    stanza value;
    bool admitted = false;
  };

  void drop_front(size_t n);
  stanza leave(entry& entry);

  std::vector<entry> entries_; ///< entries before `first_` are gone.
  size_t first_ = 0;
  size_t settled_ = 0; ///< so many stanzas at the front are detached.
  int64_t octets_ = 0;
  bool no_room_ = false; ///< the limits refused a stanza; reset when something is acknowledged.
  queue_account& limits_;
  stanza_tally& tally_;
};

} // namespace fedhub
