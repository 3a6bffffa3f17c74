// An event on its way into the history.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "metrics/labels.hpp"
#include "protocol/admin/attempt_row.hpp"
#include "protocol/admin/event_row.hpp"
#include "protocol/errors/failure.hpp"

namespace fedhub {

/// What an actor reports to the history. All fields but the kind may be left out.
struct history_event {
  admin::event_kind kind = admin::event_kind::notification;
  std::string domain = {}; ///< a remote domain, or the name of a node.
  std::optional<stream_leg> leg = {};
  uint64_t stream = 0; ///< the connection's id; 0: none.
  failure why = failure::none;
  std::string detail = {}; ///< empty: the failure's description.
  std::string actor = {};  ///< the user or address that caused the event.
  std::optional<admin::attempt_row> attempt = {};
  /// The epoch: the time at which it is recorded.
  std::chrono::system_clock::time_point time = {};
};

} // namespace fedhub
