#include "actors/admin/api_response.hpp"

#include <type_traits>
#include <utility>

namespace fedhub {

namespace {

/// Answers change from moment to moment, and show what only operators may see.
const std::pair<std::string, std::string> uncached{"Cache-Control", "no-store"};

} // namespace

http_response json_response(std::string json) {
  http_response response{200, std::move(json), {{"Content-Type", "application/json"}}};
  response.headers.push_back(uncached);
  response.compressible = true;
  return response;
}

http_response response_of(const admin::problem_document& problem) {
  http_response response{problem.status, problem.json(), {{"Content-Type", admin::problem_type}}};
  response.headers.push_back(uncached);
  return response;
}

http_response response_of(const admin_answer& answer) {
  return std::visit(
    [](const auto& value) -> http_response {
      using type = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<type, admin::problem_document>) {
        return response_of(value);
      } else if constexpr (std::is_same_v<type, std::monostate>) {
        return {204, {}, {uncached}};
      } else {
        return json_response(json_of(value));
      }
    },
    answer);
}

} // namespace fedhub
