// Grants that new rules revoke on a stream that was accepted under the old rules.
#pragma once

#include <string>

#include "protocol/errors/failure.hpp"
#include "protocol/events/stream_action.hpp"

namespace fedhub {

/// Why the present rules would refuse an earlier grant; `none` if they would grant it again.
struct revocation {
  failure why = failure::none;
  std::string detail = {}; ///< for the log and the peer, UTF-8 without control characters.

  explicit operator bool() const { return why != failure::none; }
};

/// The result of judging a stream by new rules.
struct review {
  stream_actions actions = {}; ///< to be run in every case.
  revocation taken = {};       ///< the first revoked grant; if there is one, the stream must end.
  /// No grant that the stream used is valid any more. If false, some pairs may still be allowed.
  bool whole = false;
};

} // namespace fedhub
