// The answers of the API as HTTP responses.
#pragma once

#include <string>

#include "actors/interfaces/admin.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

/// Returns 200 with this body.
http_response json_response(std::string json);

http_response response_of(const admin::problem_document& problem);

/// Returns 200 with JSON, 204 for an order that was carried out, or the problem.
http_response response_of(const admin_answer& answer);

} // namespace fedhub
