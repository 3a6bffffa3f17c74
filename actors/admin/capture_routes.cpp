// The calls about captures.
#include "actors/admin/api_route.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/admin/api_body.hpp"
#include "actors/capture/capture_store.hpp"

namespace fedhub {

namespace {

constexpr size_t most_node_octets = 128;

api_call start_capture(api_parameters query) {
  capture_start start;
  api_body body{query.request()};
  unsigned selected = 0;
  if (const auto text = body.take_text("domain")) {
    const auto domain = domain_name::parse(*text);
    if (domain)
      start.selection.domain = domain->str();
    else
      body.refuse("domain is " + in_quotes(*text) + ", which is not a domain");
    start.domain = domain.value_or(domain_name{});
    ++selected;
  }
  if (auto node = body.take_text("node")) {
    if (node->empty() || node->size() > most_node_octets)
      body.refuse("node has " + std::to_string(node->size()) + " octets; allowed: 1.."
                  + std::to_string(most_node_octets));
    start.selection.node = std::move(*node);
    ++selected;
  }
  if (const auto stream = body.take_integer("stream", 1, INT64_MAX)) {
    start.selection.stream = static_cast<uint64_t>(*stream);
    ++selected;
  }
  start.selection.bodies = body.take_flag("bodies").value_or(false);
  if (const auto time = body.take_integer("for_s", 1, capture_store::longest_time.count()))
    start.time = std::chrono::seconds{*time};
  if (selected != 1)
    body.refuse("name one of domain, node and stream");
  return query.finish(body.finish(capture_call{std::move(start)}));
}

/// Reads the id in the path. @param Call is made of it.
template <class Call>
api_call of_capture(std::string_view text, api_parameters query) {
  const auto id = read_id(text, "capture");
  if (const auto* problem = std::get_if<admin::problem_document>(&id))
    return *problem;
  return query.finish(capture_call{Call{std::get<uint64_t>(id)}});
}

} // namespace

std::vector<api_route> capture_routes() {
  return {
    {"GET",
     {"captures"},
     [](std::string_view, api_parameters query) {
       return query.finish(capture_call{capture_list{}});
     },
     conf::admin_role::full},
    {"POST",
     {"captures"},
     [](std::string_view, api_parameters query) { return start_capture(std::move(query)); }},
    {"GET", {"captures", "*"}, of_capture<capture_fetch>, conf::admin_role::full},
    {"DELETE", {"captures", "*"}, of_capture<capture_removal>},
  };
}

} // namespace fedhub
