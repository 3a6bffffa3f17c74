#include "conf/ctl/config_tasks.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "conf/ctl/json_answer.hpp"
#include "conf/ctl/tasks.hpp"
#include "protocol/text/printable_text.hpp"

namespace fedhub::ctl {

namespace {

/// Of what reads many files, after another change.
constexpr std::chrono::seconds change_time_limit{60};
constexpr size_t longest_quoted_setting = 80;

[[noreturn]] void refuse_setting(const std::string& setting, const char* why) {
  throw wrong_argument('"' + printable(setting, longest_quoted_setting) + "\" " + why);
}

/// Takes the first part of a key off: up to a dot, or in quotes. @returns nothing if it is none.
std::optional<std::string> take_part(std::string_view& key) {
  std::string part;
  if (key.starts_with('"')) {
    const auto end = key.find('"', 1);
    if (end == std::string_view::npos)
      return {};
    part = key.substr(1, end - 1);
    key.remove_prefix(end + 1);
  } else {
    const auto end = std::min(key.find_first_of(".\"="), key.size());
    part = key.substr(0, end);
    key.remove_prefix(end);
    if (part.empty())
      return {};
  }
  return part;
}

struct setting {
  std::vector<std::string> key;
  json value;
};

setting parse_setting(const std::string& text) {
  setting result;
  std::string_view rest = text;
  do {
    if (!result.key.empty())
      rest.remove_prefix(1); // the dot
    auto part = take_part(rest);
    if (!part)
      refuse_setting(text, "is not KEY=VALUE");
    result.key.push_back(std::move(*part));
  } while (rest.starts_with('.'));
  if (!rest.starts_with('='))
    refuse_setting(text, "is not KEY=VALUE");
  const std::string value{rest.substr(1)};
  const auto parsed = parse_json(value);
  result.value = parsed ? *parsed : json(value);
  return result;
}

/// Returns the object for that key, whose members it makes if they are missing.
json& member_at(json& object, const std::vector<std::string>& key) {
  auto* place = &object;
  for (const auto& part : key)
    place = &(*place)[part];
  return *place;
}

void put_setting(json& object, const std::string& text) {
  auto [key, value] = parse_setting(text);
  auto* place = &object;
  for (const auto& part : key) {
    if (!place->is_null() && !place->is_object())
      refuse_setting(text, "sets a part of a value that is set as well");
    place = &(*place)[part];
  }
  if (!place->is_null())
    refuse_setting(text, "sets a value that is set twice");
  *place = std::move(value);
}

std::vector<std::string> table_key(const std::string& table) {
  std::vector<std::string> key;
  std::string_view rest = table;
  while (auto part = take_part(rest)) {
    key.push_back(std::move(*part));
    if (rest.empty())
      return key;
    if (!rest.starts_with('.'))
      break;
    rest.remove_prefix(1);
  }
  refuse_setting(table, "is not the name of a table");
}

task change_task(http_method method, const char* path, bool dry_run, const char* sentence) {
  task result{{method, path}, answer_view::reload};
  result.request.if_match = "*"; // the command does not depend on values that were read before
  result.request.time_limit = change_time_limit;
  if (dry_run)
    result.request.set("dry_run", "true");
  result.sentence = dry_run ? "nothing is changed; the change would be good" : sentence;
  return result;
}

task patch_task(const json& patch, bool dry_run) {
  auto result = change_task(http_method::patch, "config", dry_run, "the change is in force");
  result.request.body = patch.dump(-1, ' ', false, json::error_handler_t::replace);
  result.request.media_type = "application/merge-patch+json";
  return result;
}

} // namespace

task set_config_task(const std::vector<std::string>& settings, bool dry_run) {
  auto patch = json::object();
  for (const auto& text : settings)
    put_setting(patch, text);
  return patch_task(patch, dry_run);
}

task add_config_task(const std::string& table, const std::vector<std::string>& settings,
                     bool dry_run) {
  auto row = json::object();
  for (const auto& text : settings)
    put_setting(row, text);
  const auto needed = [&](const char* key) {
    auto value = text_member(row, key);
    if (value.empty())
      throw wrong_argument(std::string{"a row of "} + printable(table, longest_quoted_setting)
                           + " needs " + key + "=…");
    return value;
  };
  std::string identity;
  if (table == "static_route")
    identity = needed("domain") + ' ' + needed("address");
  else
    identity = needed(table == "trust" ? "domain" : "name");
  auto patch = json::object();
  member_at(patch, table_key(table))[identity] = std::move(row);
  return patch_task(patch, dry_run);
}

task remove_config_task(const std::string& table, const std::string& identity, bool dry_run) {
  if (identity.empty())
    throw wrong_argument("the identity of the row is empty");
  auto patch = json::object();
  member_at(patch, table_key(table))[identity] = nullptr;
  return patch_task(patch, dry_run);
}

task config_history_task() {
  return {{http_method::get, "config/history"}, answer_view::list, list_kind::config_changes};
}

task undo_config_task(bool dry_run) {
  return change_task(http_method::post, "config/undo", dry_run, "the last change is undone");
}

task check_config_task() {
  auto result = patch_task(json::object(), true);
  result.sentence = "the files are good; a reload would change:";
  return result;
}

} // namespace fedhub::ctl
