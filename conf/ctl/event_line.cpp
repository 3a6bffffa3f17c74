#include "conf/ctl/event_line.hpp"

#include <algorithm>
#include <array>

namespace fedhub::ctl {

namespace {

constexpr size_t kind_width = 12; ///< of the longest kind, "notification".
/// Fields that a line shows in places of their own, and the id.
constexpr std::array<std::string_view, 6> placed_fields{"time",   "kind",    "domain",
                                                        "detail", "failure", "id"};

std::string event_time(const json& event, const text_style& style) {
  const auto text = text_member(event, "time");
  const auto time = parse_time(text);
  return time ? format_time(*time) : safe_text(text, style);
}

} // namespace

std::string event_line(const json& event, const text_style& style) {
  auto line = event_time(event, style) + "  ";
  const auto kind = member_text(event, "kind", style);
  line += kind + std::string(kind_width - std::min(kind_width, display_width(kind)), ' ');
  const auto append = [&line](const std::string& text) {
    if (!text.empty())
      line += "  " + text;
  };
  append(member_text(event, "domain", style));
  append(failure_text(event, style));
  if (event.is_object())
    for (const auto& [key, value] : event.items())
      if (std::ranges::find(placed_fields, key) == placed_fields.end())
        append(label_of(key, style) + " " + field_text(key, value, style));
  line.erase(line.find_last_not_of(' ') + 1);
  return fit(line, style.width, style.ellipsis());
}

bool is_wanted_event(const json& event, const event_filter& filter) {
  return (filter.domain.empty() || text_member(event, "domain") == filter.domain)
         && (filter.kind.empty() || text_member(event, "kind") == filter.kind);
}

} // namespace fedhub::ctl
