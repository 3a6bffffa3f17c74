// A request to the API, read.
#pragma once

#include <string_view>
#include <variant>

#include "actors/access/access_guard.hpp"
#include "actors/admin/capture_call.hpp"
#include "actors/admin/configuration_call.hpp"
#include "actors/history/history_question.hpp"
#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

/// The request for the API's own description.
struct description_question {};

/// What a request asks about its own caller.
struct session_question {};
struct log_out_order {};
struct token_order {}; ///< for a one-time token.
using access_call = std::variant<session_question, log_in_request, log_out_order, token_order>;

/// What a request asks for, or why it asks for nothing.
using api_call = std::variant<admin_question, admin_order, configuration_call, diagnosis_request,
                              description_question, history_question, capture_call, access_call,
                              admin::problem_document>;

/// The root of all paths of the API.
inline constexpr std::string_view api_root = "/api/v1/";

/// Reads a request. Unknown and repeated parameters are a problem, since a mistyped filter would
/// show the wrong rows. Of a viewer, a call for operators is a problem whatever it asks.
api_call read_call(const http_request& request, conf::admin_role role = conf::admin_role::full);

} // namespace fedhub
