// The calls of the API about captures.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "actors/hub/hub.hpp"
#include "metrics/http/http_message.hpp"
#include "metrics/http/http_responder.hpp"
#include "protocol/admin/capture_row.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// `POST captures`.
struct capture_start {
  admin::capture_selection selection = {};
  domain_name domain = {}; ///< of the selection.
  std::chrono::seconds time{60};
};
/// `GET captures`.
struct capture_list {};
/// `GET captures/{id}`.
struct capture_fetch {
  uint64_t id = 0;
};
/// `DELETE captures/{id}`.
struct capture_removal {
  uint64_t id = 0;
};
using capture_call = std::variant<capture_start, capture_list, capture_fetch, capture_removal>;

/// Passes the call to the captures' thread, and its answer to the responder. Does not wait.
void answer_capture_call(const hub& hub, const capture_call& call, const http_peer& caller,
                         const http_responder& respond);

} // namespace fedhub
