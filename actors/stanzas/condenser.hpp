// Letting go of chunks of which a few waiting stanzas are the last use.
#pragma once

#include <chrono>
#include <vector>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// How long a stanza may wait before it lets go of what lies around it in its chunk. Far less than
/// `hold_back_time`: until then a source that mixes destinations is held back by all that it has
/// read in between.
inline constexpr std::chrono::milliseconds condense_after{20};

/// Moves stanzas out of chunks of which they are a small part, into buffers of their own that count
/// against their source's credit as before: by their own octets, and no longer by the chunk's.
/// Where they are most of it, copying would gain little, and they stay. Used for one go over
/// stanzas that wait, in order.
class condenser {
public:
  condenser() = default;
  condenser(const condenser&) = delete;
  condenser& operator=(const condenser&) = delete;
  ~condenser() { finish(); }

  /// @param x stays where it is until the condenser ends.
  void add(stanza& x) {
    if (!row_.empty() && row_.front()->buffer != x.buffer)
      finish();
    row_.push_back(&x);
    octets_ += x.size;
  }

private:
  void finish();

  std::vector<stanza*> row_; ///< of one chunk.
  size_t octets_ = 0;
};

} // namespace fedhub
