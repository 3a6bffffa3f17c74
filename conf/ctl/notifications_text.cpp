#include <array>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/object_view.hpp"

namespace fedhub::ctl {

namespace {

constexpr std::array<std::string_view, 7> notification_fields{
  "id", "kind", "severity", "since", "text", "remedy", "acknowledged_by"};
constexpr size_t text_indent = 4;

/// "7  error  certificate  3 d ago  acknowledged by uid 1000".
std::string notification_headline(const json& notification, const text_style& style) {
  if (!notification.is_object())
    return field_text("notification", notification, style);
  std::string line;
  for (const auto* key : {"id", "severity", "kind", "since"}) {
    const auto word = member_text(notification, key, style);
    if (!word.empty())
      line += (line.empty() ? "" : "  ") + word;
  }
  const auto person = member_text(notification, "acknowledged_by", style);
  return person.empty() ? line : line + "  acknowledged by " + person;
}

} // namespace

answer_text notifications_text(const std::vector<json>& notifications, const text_style& style) {
  answer_text result;
  for (const auto& notification : notifications) {
    append_paragraph(result.text, "", notification_headline(notification, style), 0, 0, style);
    append_paragraph(result.text, "", member_text(notification, "text", style), text_indent, 0,
                     style);
    const auto remedy = member_text(notification, "remedy", style);
    append_paragraph(result.text, "", remedy.empty() ? "" : "Remedy: " + remedy, text_indent, 0,
                     style);
    result.text += object_view(notification, {}, notification_fields, style, text_indent);
  }
  if (notifications.empty())
    result.text = "no notifications\n";
  return result;
}

} // namespace fedhub::ctl
