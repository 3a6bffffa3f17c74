// The stanzas of one sender domain to a domain, and the stream that takes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>

#include "actors/domain/pair_authorisation.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/stanzas/stanza_queue.hpp"

namespace fedhub {

/// A stream that the domain opened and that takes stanzas too (XEP-0288).
struct reverse_link {
  enum class phase : uint8_t {
    asked, ///< to take this actor for its owner; what is to go over it waits.
    up,
    down, ///< it has ended, and is to give back what it could not write.
  };

  connection_actor link;
  std::set<domain_name> senders; ///< that it takes stanzas of.
  phase state = phase::asked;
};

/// How long stanzas and a key of a lane may wait.
struct lane_patience {
  /// For stanzas in the queue; nothing if another time limits their wait.
  std::optional<time_point::duration> queue;
  /// For the answer to a key.
  time_point::duration dialback;
};

/// The stream that takes a lane's stanzas now.
enum class lane_way : uint8_t {
  none,    ///< the stanzas wait, or are refused.
  own,     ///< the hub's own.
  reverse, ///< the lane's `reverse`.
};

/// One sender domain. Belongs to one actor.
struct lane {
  explicit lane(queue_account& limits) : queue(limits) {}

  stanza_queue queue;
  pair_authorisation pair;               ///< on the hub's own stream.
  const reverse_link* reverse = nullptr; ///< takes the stanzas instead, as long as it is there.
  failure denied = failure::none;        ///< why the rules in force let nothing pass, if so.
  bool busy = false;                     ///< it is in `sender_lanes::busy`.

  /// @param own_ready whether the hub's own stream is ready.
  lane_way way(bool own_ready) const {
    if (!queue.empty() || denied != failure::none)
      return lane_way::none;
    if (reverse != nullptr)
      return reverse->state == reverse_link::phase::up ? lane_way::reverse : lane_way::none;
    return own_ready && pair.authorised() ? lane_way::own : lane_way::none;
  }
  /// Tells whether stanzas wait for the hub's own stream.
  bool waits() const { return !queue.empty() && reverse == nullptr; }
  /// Tells whether stanzas wait or an answer to a key is awaited.
  bool has_work() const { return !queue.empty() || pair.asked(); }
  /// Tells whether nothing is lost with this lane.
  bool forgettable() const { return queue.empty() && pair.unasked() && reverse == nullptr; }
  /// Tells whether a stream of the domain's may take the stanzas. A lane that the hub's own stream
  /// carries, or may carry in a moment, stays there for the order's sake.
  bool may_reverse() const {
    return denied == failure::none && reverse == nullptr && !pair.holds_stream();
  }
  /// Returns when the lane needs attention; `time_point::max()` if never.
  time_point due(const lane_patience& patience) const {
    const auto at = patience.queue ? queue.next_due(*patience.queue) : queue.next_due();
    return std::min(at, pair.due(patience.dialback));
  }
};

} // namespace fedhub
