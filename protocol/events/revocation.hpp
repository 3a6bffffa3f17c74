// What new rules take back from a stream that was let in under old ones.
#pragma once

#include <string>

#include "protocol/errors/failure.hpp"
#include "protocol/events/stream_events.hpp"

namespace fedhub {

/// Why something that was granted would be refused now; `none`: it would be granted again.
struct revocation {
  failure why = failure::none;
  std::string detail = {}; ///< for the log and the peer, UTF-8 without control characters.

  explicit operator bool() const { return why != failure::none; }
};

/// The outcome of judging a stream again.
struct review {
  stream_actions actions = {}; ///< to be run in any case.
  revocation taken = {};       ///< the first grant that is taken back; then the stream has to end.
  /// Nothing that the stream was used for is granted any more. `false`: some pairs may still be.
  bool whole = false;
};

} // namespace fedhub
