// Frees chunks that only a few queued stanzas still reference.
#pragma once

#include <chrono>
#include <vector>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// How long a stanza may wait before it is condensed. This is far less than `hold_back_time`: until
/// it is condensed, a source that mixes destinations is held back by everything that it has read in
/// between.
inline constexpr std::chrono::milliseconds condense_after{20};

/// Copies stanzas out of chunks of which they are a small part, into buffers of their own. They
/// still count against their source's credit, but only by their own octets, no longer by the whole
/// chunk. Stanzas that are a large part of a chunk stay in it, since a copy would gain little. Used
/// for one pass over waiting stanzas, in order.
class condenser {
public:
  condenser() = default;
  condenser(const condenser&) = delete;
  condenser& operator=(const condenser&) = delete;
  ~condenser() { finish(); }

  /// Adds a stanza. @param stanza must not move while the condenser exists.
  void add(stanza& stanza) {
    if (!row_.empty() && row_.front()->buffer != stanza.buffer)
      finish();
    row_.push_back(&stanza);
    octets_ += stanza.size;
  }

private:
  void finish();

  std::vector<stanza*> row_; ///< stanzas of one chunk.
  size_t octets_ = 0;
};

} // namespace fedhub
