#include "protocol/admin/configuration_rows.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fedhub::admin {

namespace {

using ordered_json = nlohmann::ordered_json;

/// Sets a member to a value that is JSON already.
void put_value(ordered_json& object, const char* name, const std::string& value) {
  if (!value.empty())
    object[name] = ordered_json::parse(value);
}

ordered_json object_of(const configuration_row& row) {
  ordered_json object{{"key", row.key}};
  put_value(object, "value", row.value);
  put_value(object, "default", row.initial);
  if (row.file.empty())
    return object;
  object["file"] = row.file;
  object["line"] = row.line;
  return object;
}

ordered_json list_of(const std::vector<configuration_report::change>& changes) {
  auto list = ordered_json::array();
  for (const auto& change : changes) {
    ordered_json row{{"key", change.key}};
    put_value(row, "old", change.before);
    put_value(row, "new", change.after);
    list.push_back(std::move(row));
  }
  return list;
}

std::string octets_of(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

std::string json_of(const page<configuration_row>& keys) {
  ordered_json object{{"items", ordered_json::array()}, {"total", keys.total}};
  for (const auto& row : keys.items)
    object["items"].push_back(object_of(row));
  if (!keys.next.empty())
    object["next"] = keys.next;
  return octets_of(object);
}

std::string json_of(const configuration_report& report) {
  const ordered_json object{{"version", std::to_string(report.version)},
                            {"applied", report.applied},
                            {"changes", list_of(report.changes)},
                            {"change_count", report.change_count},
                            {"warnings", report.warnings}};
  return octets_of(object);
}

std::string json_of(const page<configuration_change>& changes) {
  ordered_json object{{"items", ordered_json::array()}, {"total", changes.total}};
  for (const auto& each : changes.items)
    object["items"].push_back({{"number", each.number},
                               {"time", each.time},
                               {"who", each.who},
                               {"undo", each.undo},
                               {"changes", list_of(each.changes)}});
  if (!changes.next.empty())
    object["next"] = changes.next;
  return octets_of(object);
}

} // namespace fedhub::admin
