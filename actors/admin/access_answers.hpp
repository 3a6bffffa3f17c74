// The calls about the caller's session, answered by the guard.
#pragma once

#include <string>

#include "actors/access/access_guard.hpp"
#include "actors/admin/api_call.hpp"
#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// Answers a caller who has logged in, or needs not to. Does not wait.
void answer_access(access_guard& guard, const access_call& call, const api_caller& caller,
                   const http_peer& from, const http_responder& respond);

/// Answers a log-in, for which the caller need be nobody. Does not wait.
void answer_log_in(access_guard& guard, const log_in_request& shown, const http_peer& from,
                   api_door door, const http_responder& respond);

/// Returns 401 with the challenge that it needs (RFC 9110 §11.6.1).
http_response unauthorised(std::string why);

} // namespace fedhub
