#include "protocol/admin/capture_row.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {

namespace {

void put_selection(nlohmann::ordered_json& object, const capture_selection& selection) {
  if (!selection.domain.empty())
    object["domain"] = selection.domain;
  if (!selection.node.empty())
    object["node"] = selection.node;
  if (selection.stream != 0)
    object["stream"] = selection.stream;
  object["bodies"] = selection.bodies;
}

nlohmann::ordered_json capture_object(const capture_row& row) {
  nlohmann::ordered_json object{{"id", row.id},
                                {"state", to_string(row.state)},
                                {"started", rfc3339(row.started)},
                                {"seconds", std::round(row.seconds * 1000) / 1000},
                                {"bytes", row.bytes},
                                {"packets", row.packets},
                                {"dropped", row.dropped}};
  put_selection(object, row.selection);
  if (!row.detail.empty())
    object["detail"] = row.detail;
  return object;
}

std::string json_text(const nlohmann::ordered_json& object) {
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

std::string_view to_string(capture_state state) {
  switch (state) {
  case capture_state::running:
    return "running";
  case capture_state::ended:
    return "ended";
  case capture_state::full:
    return "full";
  case capture_state::disk_full:
    return "disk-full";
  case capture_state::failed:
    break;
  }
  return "failed";
}

std::string capture_selection::str() const {
  const auto what = !domain.empty() ? "domain " + domain
                    : !node.empty() ? "node " + node
                                    : "stream " + std::to_string(stream);
  return bodies ? what + " with bodies" : what;
}

std::string json_of(const capture_row& row) { return json_text(capture_object(row)); }

std::string json_of(const std::vector<capture_row>& rows) {
  nlohmann::ordered_json answer{{"items", nlohmann::ordered_json::array()}, {"total", rows.size()}};
  for (const auto& row : rows)
    answer["items"].push_back(capture_object(row));
  return json_text(answer);
}

std::string note_of(const capture_row& row) {
  nlohmann::ordered_json object{{"id", row.id}, {"started", rfc3339(row.started)}};
  put_selection(object, row.selection);
  return json_text(object);
}

std::optional<capture_row> read_capture_note(std::string_view note) {
  const auto object = nlohmann::json::parse(note, nullptr, false);
  if (!object.is_object())
    return {};
  try {
    capture_row row{.id = object.at("id").get<uint64_t>(), .state = capture_state::ended};
    const auto started = parse_rfc3339(object.at("started").get<std::string>());
    if (!started)
      return {};
    row.started = *started;
    row.selection.domain = object.value("domain", "");
    row.selection.node = object.value("node", "");
    row.selection.stream = object.value("stream", uint64_t{0});
    row.selection.bodies = object.value("bodies", false);
    return row;
  } catch (const nlohmann::json::exception&) { // another program's file
    return {};
  }
}

} // namespace fedhub::admin
