// What one turn of a connection may cost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fedhub {

/// Bounds the work of a connection's turn, whatever its octets are made of. The unit is what one
/// octet of ordinary stanzas costs, about 4 ns; other work is charged by its measured multiple.
/// Belongs to one connection.
class turn_budget {
public:
  /// A turn of a peer that has proved who it is: about a millisecond.
  static constexpr int32_t proved = 393216;
  /// A turn of one that has not: about a quarter of that.
  static constexpr int32_t unproved = 65536;
  /// A turn below this is a small one: the stream needs not wait in line for its next.
  static constexpr int32_t small = 32768;

  static constexpr int32_t stanza = 64; ///< besides its octets.
  static constexpr int32_t element =
    4096; ///< of the stream level: parsed into a document, answered.
  static constexpr int32_t question = 32768;   ///< a key that another server is to be asked about.
  static constexpr int32_t handshake = 131072; ///< a step with a signature; also to judge a path.

  void begin(int32_t units) { total_ = left_ = units; }
  void charge(size_t units) {
    left_ -= static_cast<int32_t>(std::min<size_t>(units, INT32_MAX / 4));
    left_ = std::max(left_, -INT32_MAX / 2);
  }
  /// Nothing more is to be done in this turn.
  void end() { left_ = std::min(left_, 0); }
  /// The turn is to end.
  bool spent() const { return left_ <= 0; }
  bool was_small() const { return total_ - left_ < small; }

private:
  int32_t total_ = 0;
  int32_t left_ = 0;
};

} // namespace fedhub
