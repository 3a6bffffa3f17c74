// The queue of one sender domain's stanzas to a domain, and the stream that takes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>

#include "actors/domain/pair_authorisation.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/stanzas/stanza_queue.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// A stream that the domain opened and that carries the hub's stanzas too (XEP-0288).
struct reverse_link {
  enum class phase : uint8_t {
    asked, ///< asked to accept this actor as its owner; its stanzas wait.
    up,
    down, ///< it has ended; the stanzas that it could not write are awaited.
  };

  connection_actor link;
  std::set<domain_name> senders; ///< whose stanzas it takes.
  phase state = phase::asked;
};

/// The longest time that a lane's stanzas and key may wait.
struct lane_patience {
  /// For stanzas in the queue; nothing if another limit applies.
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

/// The queue and the authorisation of one sender domain. Belongs to one actor.
struct lane {
  explicit lane(queue_account& limits) : queue(limits) {}

  stanza_queue queue;
  pair_authorisation pair;               ///< on the hub's own stream.
  const reverse_link* reverse = nullptr; ///< takes the stanzas instead while it exists.
  failure denied = failure::none;        ///< why the rules in force deny the pair, if they do.
  bool busy = false;                     ///< it is in `sender_lanes::busy`.

  /// @param own_ready whether the hub's own stream is ready.
  lane_way way(bool own_ready) const {
    if (!queue.empty() || denied != failure::none)
      return lane_way::none;
    if (reverse != nullptr)
      return reverse->state == reverse_link::phase::up ? lane_way::reverse : lane_way::none;
    return own_ready && pair.authorised() ? lane_way::own : lane_way::none;
  }
  /// Returns whether stanzas wait for the hub's own stream.
  bool waits() const { return !queue.empty() && reverse == nullptr; }
  /// Returns whether stanzas wait or an answer to a key is awaited.
  bool has_work() const { return !queue.empty() || pair.asked(); }
  /// Returns whether the lane can be erased without losing anything.
  bool forgettable() const { return queue.empty() && pair.unasked() && reverse == nullptr; }
  /// Returns whether a stream that the domain opened may take the stanzas. A lane that the hub's
  /// own stream carries, or may soon carry, stays there to keep the order.
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
