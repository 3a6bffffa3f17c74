// A request to the API, read.
#pragma once

#include <string_view>
#include <variant>

#include "actors/admin/configuration_call.hpp"
#include "actors/history/history_question.hpp"
#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

/// The request for the API's own description.
struct description_question {};

/// What a request asks for, or why it asks for nothing.
using api_call = std::variant<admin_question, admin_order, configuration_call, diagnosis_request,
                              description_question, history_question, admin::problem_document>;

/// The root of all paths of the API.
inline constexpr std::string_view api_root = "/api/v1/";

/// Reads a request. Unknown and repeated parameters are a problem, since a mistyped filter would
/// show the wrong rows.
api_call read_call(const http_request& request);

} // namespace fedhub
