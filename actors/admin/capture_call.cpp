#include "actors/admin/capture_call.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "actors/admin/api_call.hpp"
#include "actors/admin/api_response.hpp"
#include "actors/admin/order_audit.hpp"
#include "actors/capture/capture_desk.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/connection_registry.hpp"

namespace fedhub {

namespace {

http_response captures_problem(unsigned status, std::string detail) {
  return response_of(admin::problem_document{status, std::move(detail)});
}

/// Returns the filter of a selection; nothing if the hub does not know the stream or the node.
std::optional<capture_filter> filter_of(const hub& hub, const conf::config& config,
                                        const capture_start& start) {
  const auto& [domain, node, stream, bodies] = start.selection;
  if (!domain.empty())
    return capture_filter::of_domain(start.domain);
  if (stream != 0)
    return hub.connections.find(stream) ? std::optional{capture_filter::of_stream(stream)}
                                        : std::nullopt;
  const auto known = std::ranges::find(config.nodes, node, &conf::node_config::name);
  if (known == config.nodes.end())
    return {};
  return capture_filter::of_node(known->served());
}

http_response created(const admin::capture_row& row) {
  auto response = json_response(json_of(row));
  response.status = 201;
  response.headers.emplace_back("Location",
                                std::string{api_root} + "captures/" + std::to_string(row.id));
  return response;
}

http_response file_response(uint64_t id, const capture_download& download) {
  http_response response;
  response.headers = {
    {"Content-Type", "application/x-pcapng"},
    {"Cache-Control", "no-store"},
    {"Content-Disposition", "attachment; filename=\"capture-" + std::to_string(id) + ".pcapng\""}};
  response.file = download.file;
  response.file_octets = download.octets;
  return response;
}

/// Returns a reply that sends `make` of the answer, or its problem.
template <class Value, class Make>
capture_desk::reply_to<Value> answering(const http_responder& respond, Make make) {
  return [respond, make](const capture_answer<Value>& answer) {
    respond(answer ? make(*answer) : response_of(answer.error()));
  };
}

} // namespace

void answer_capture_call(const hub& hub, const capture_call& call, const http_peer& caller,
                         const http_responder& respond) {
  if (hub.captures == nullptr)
    return void(respond(captures_problem(503, "this hub makes no captures")));
  auto& desk = *hub.captures;
  const auto settings = hub.current();
  const auto bounds = capture_bounds_of(settings->config);
  const auto by = caller_of(caller);
  if (const auto* start = std::get_if<capture_start>(&call)) {
    auto filter = filter_of(hub, settings->config, *start);
    if (!filter)
      return void(respond(captures_problem(
        404,
        "there is no "
          + admin::capture_selection{{}, start->selection.node, start->selection.stream}.str())));
    desk.start(bounds, {start->selection, std::move(*filter), start->time, by},
               answering<admin::capture_row>(respond, created));
  } else if (const auto* fetch = std::get_if<capture_fetch>(&call)) {
    desk.open(bounds, fetch->id, by,
              answering<capture_download>(respond, [id = fetch->id](const auto& download) {
                return file_response(id, download);
              }));
  } else if (const auto* removal = std::get_if<capture_removal>(&call)) {
    desk.remove(bounds, removal->id, by, answering<admin::capture_row>(respond, [](const auto&) {
                  return response_of(admin_answer{std::monostate{}});
                }));
  } else {
    desk.list(bounds, answering<std::vector<admin::capture_row>>(
                        respond, [](const auto& rows) { return json_response(json_of(rows)); }));
  }
}

} // namespace fedhub
