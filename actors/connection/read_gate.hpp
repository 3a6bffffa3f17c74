// The reasons for which a connection does not read from its socket.
#pragma once

#include <cstdint>

namespace fedhub {

/// Holds the reasons for which reading waits. Each is set and lifted independently.
class read_gate {
public:
  enum reason : uint8_t {
    credit = 1,  ///< the octets of this source that are still in the hub exceed its window.
    answers = 2, ///< the hub's own answers that the peer has not read exceed their limit.
    form = 4,    ///< DNS is being asked about a name in the next stanza of the input.
    late = 8,    ///< the next stanza of the input came after the hub's stop.
  };

  /// @returns whether that changes anything.
  bool shut(reason why) { return assign(closed_ | why); }
  /// @returns whether that changes anything.
  bool lift(reason why) { return assign(closed_ & ~why); }
  bool is_shut(reason why) const { return (closed_ & why) != 0; }
  /// Returns whether the socket may be read. `answers` ends a turn instead, and `form` holds up the
  /// octets that were read.
  bool permits_reading() const { return (closed_ & (credit | late)) == 0; }

private:
  bool assign(int closed) {
    const bool changed = closed != closed_;
    closed_ = static_cast<uint8_t>(closed);
    return changed;
  }

  uint8_t closed_ = 0;
};

} // namespace fedhub
