#include "actors/admin/api_call.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "actors/admin/api_route.hpp"

namespace fedhub {

namespace {

using admin::problem_document;

const std::vector<api_route>& routes() {
  static const std::vector<api_route> all = [] {
    std::vector<api_route> routes;
    for (auto part : {federation_routes(), notification_routes(), configuration_routes(),
                      diagnosis_routes(), history_routes()})
      std::ranges::move(part, std::back_inserter(routes));
    return routes;
  }();
  return all;
}

/// Returns the path's segments after the root.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (size_t begin = 0;;) {
    const auto end = path.find('/', begin);
    segments.push_back(path.substr(begin, end - begin));
    if (end == std::string_view::npos)
      return segments;
    begin = end + 1;
  }
}

/// Returns whether the path is the route's. `argument` becomes the segment for "*".
bool fits(const api_route& route, const std::vector<std::string_view>& path,
          std::string_view& argument) {
  return std::ranges::equal(route.path, path, [&](auto pattern, auto segment) {
    if (pattern == "*")
      argument = segment;
    return pattern == "*" ? !segment.empty() : pattern == segment;
  });
}

/// Notes in an order who gives it.
api_call given_by(const http_request& request, api_call call) {
  if (auto* order = std::get_if<admin_order>(&call))
    order->by = caller_of(request.peer);
  return call;
}

} // namespace

api_call read_call(const http_request& request) {
  if (!request.path.starts_with(api_root))
    return problem_document{404, "the API is at " + std::string{api_root}};
  const auto path = segments_of(std::string_view{request.path}.substr(api_root.size()));
  const auto method =
    request.method == "HEAD" ? std::string_view{"GET"} : std::string_view{request.method};
  std::vector<std::string_view> allowed;
  for (const auto& route : routes()) {
    std::string_view argument;
    if (!fits(route, path, argument))
      continue;
    if (route.method == method)
      return given_by(request, route.read(argument, api_parameters{request}));
    allowed.push_back(route.method);
  }
  if (allowed.empty())
    return problem_document{404, "the API has no " + in_quotes(request.path)};
  return problem_document{405, "allowed here: " + listed(allowed)};
}

} // namespace fedhub
