// The description of the API, which `GET openapi.json` answers.
#pragma once

#include <string_view>

namespace fedhub {

/// Returns the document (OpenAPI 3.1) as JSON.
std::string_view openapi_text();

} // namespace fedhub
