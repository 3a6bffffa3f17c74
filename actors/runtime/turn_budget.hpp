// The work that one turn of a connection may cost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fedhub {

/// Bounds the work of a connection's turn, whatever its octets contain. The unit is the cost of one
/// octet of ordinary stanzas, about 4 ns. Other work is charged by its measured multiple. Belongs
/// to one connection.
class turn_budget {
public:
  /// The turn of a peer that has proved its identity: about 1.6 ms.
  static constexpr int32_t proved = 393216;
  /// The turn of a peer that has not: a sixth of it.
  static constexpr int32_t unproved = 65536;
  /// A turn below this is small: the stream need not wait in line for its next one.
  static constexpr int32_t small = 32768;

  static constexpr int32_t stanza = 64; ///< in addition to its octets.
  /// An element of the stream level: parsed into a document, and answered.
  static constexpr int32_t element = 4096;
  /// A dialback key that another server has to be asked about.
  static constexpr int32_t question = 32768;
  /// A handshake step with a signature, or the check of a certificate path.
  static constexpr int32_t handshake = 131072;

  void begin(int32_t units) { total_ = left_ = units; }
  void charge(size_t units) {
    left_ -= static_cast<int32_t>(std::min<size_t>(units, INT32_MAX / 4));
    left_ = std::max(left_, -INT32_MAX / 2);
  }
  /// Ends the turn.
  void end() { left_ = std::min(left_, 0); }
  /// Returns whether the turn has to end.
  bool spent() const { return left_ <= 0; }
  bool was_small() const { return total_ - left_ < small; }

private:
  int32_t total_ = 0;
  int32_t left_ = 0;
};

} // namespace fedhub
