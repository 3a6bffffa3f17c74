#include <array>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/list_view.hpp"
#include "conf/ctl/object_view.hpp"

namespace fedhub::ctl {

namespace {

/// Whether `key` is `wanted`, or stands in the table of that name.
bool is_wanted(std::string_view key, std::string_view wanted) {
  if (wanted.empty() || key == wanted)
    return true;
  return key.starts_with(wanted) && key[wanted.size()] == '.';
}

/// "/etc/fedhub/fedhub.toml:12"; "default" for a value that no file sets.
std::string origin_text(const json& row, const text_style& style) {
  const auto file = member_text(row, "file", style);
  const auto line = member_text(row, "line", style);
  if (file.empty())
    return "default";
  return line.empty() ? file : file + ":" + line;
}

void append_row(answer_text& result, const json& row, bool origin, const text_style& style) {
  const auto& value = member(row, "value");
  const auto text = value.is_null() ? "(not set)" : safe_text(value.dump(), style);
  result.text += member_text(row, "key", style) + " = " + text;
  if (origin)
    result.text += "  # " + origin_text(row, style);
  result.text += '\n';
}

/// A value of a changed key as JSON.
std::string changed_value(const json& change, std::string_view name, const text_style& style) {
  const auto& value = member(change, name);
  return value.is_null() ? "(not set)" : safe_text(value.dump(), style);
}

/// Returns whether the answer is the hub's report of a change.
bool is_report(const json& difference) {
  return member(difference, "applied").is_boolean() && member(difference, "changes").is_array();
}

/// A line for each key that changes, and one for each warning.
std::string report_lines(const json& report, const text_style& style) {
  std::string text;
  const auto changes = elements_of(member(report, "changes"));
  for (const auto& change : changes)
    text += member_text(change, "key", style) + ": " + changed_value(change, "old", style) + " -> "
            + changed_value(change, "new", style) + '\n';
  const auto& count = member(report, "change_count");
  if (count.is_number_unsigned() && count.get<size_t>() > changes.size())
    text += "and " + std::to_string(count.get<size_t>() - changes.size()) + " more\n";
  if (changes.empty())
    text += "no value changes\n";
  for (const auto& warning : elements_of(member(report, "warnings")))
    if (warning.is_string())
      text += "warning: " + safe_text(warning.get<std::string>(), style) + '\n';
  return text;
}

/// One problem of a configuration: "fedhub.toml:12: limits.connections: found \"many\"; allowed:
/// …".
std::string configuration_problem(const json& problem, const text_style& style) {
  std::string text;
  const auto append = [&text](std::string_view separator, const std::string& part) {
    if (!part.empty())
      (text += text.empty() ? "" : separator) += part;
  };
  append("", member_text(problem, "file", style));
  append(":", member_text(problem, "line", style));
  append(": ", member_text(problem, "key", style));
  append(": ", member_text(problem, "detail", style));
  const auto found = member_text(problem, "found", style);
  append(": ", found.empty() ? "" : "found " + found);
  const auto allowed = member_text(problem, "allowed", style);
  append("; ", allowed.empty() ? "" : "allowed: " + allowed);
  return text.empty() ? field_text("problem", problem, style) : text;
}

} // namespace

answer_text config_text(const std::vector<json>& rows, std::string_view wanted, bool origin,
                        const text_style& style) {
  answer_text result;
  for (const auto& row : rows)
    if (is_wanted(text_member(row, "key"), wanted))
      append_row(result, row, origin, style);
  if (result.text.empty() && !wanted.empty()) {
    result.text = "no key " + safe_text(wanted, style) + '\n';
    result.bad_news = true;
  }
  return result;
}

answer_text reload_text(const json& difference, const text_style& style,
                        std::string_view sentence) {
  auto text = std::string{sentence} + '\n';
  if (is_report(difference))
    text += report_lines(difference, style);
  else if (difference.is_array())
    text += difference.empty() ? "nothing has changed\n"
                               : list_view(list_kind::other, elements_of(difference), style).text;
  else
    text += object_view(difference, {}, {}, style);
  return {std::move(text), false};
}

std::string problem_text(const json& problem, int status, const text_style& style) {
  auto text = member_text(problem, "title", style);
  const auto detail = member_text(problem, "detail", style);
  if (text.empty() && detail.empty())
    text = "the hub answered with status " + std::to_string(status);
  if (!detail.empty())
    text += (text.empty() ? "" : ": ") + detail;
  text += '\n';
  for (const auto& each : elements_of(member(problem, "problems")))
    text += "  " + configuration_problem(each, style) + '\n';
  return text;
}

} // namespace fedhub::ctl
