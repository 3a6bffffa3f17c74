// Why a connection does not read from its socket.
#pragma once

#include <cstdint>

namespace fedhub {

/// The reasons for which reading waits. Each is set and lifted by itself.
class read_gate {
public:
  enum reason : uint8_t {
    credit = 1,  ///< the octets that this source has under way are beyond its window.
    answers = 2, ///< the hub's own answers that the peer has not read are beyond their limit.
    form = 4,    ///< DNS was asked whose name the next stanza in the input has.
    late = 8,    ///< the next stanza in the input came after the hub's stop.
  };

  /// @returns whether that changes anything.
  bool shut(reason why) { return assign(closed_ | why); }
  /// @returns whether that changes anything.
  bool lift(reason why) { return assign(closed_ & ~why); }
  bool is_shut(reason why) const { return (closed_ & why) != 0; }
  /// Returns whether the socket may be read. `answers` ends a turn instead, and `form` holds up the
  /// octets that were read.
  bool lets_read() const { return (closed_ & (credit | late)) == 0; }

private:
  bool assign(int closed) {
    const bool changed = closed != closed_;
    closed_ = static_cast<uint8_t>(closed);
    return changed;
  }

  uint8_t closed_ = 0;
};

} // namespace fedhub
