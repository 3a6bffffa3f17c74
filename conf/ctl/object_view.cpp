#include "conf/ctl/object_view.hpp"

#include <algorithm>

#include "conf/ctl/list_view.hpp"

namespace fedhub::ctl {

namespace {

/// The columns that a paragraph needs at least. Where the terminal has fewer, its lines are longer.
constexpr size_t least_paragraph = 20;
constexpr size_t widest_label = 24;
constexpr size_t section_indent = 2;

bool is_list_of_objects(const json& value) {
  return value.is_array() && std::ranges::any_of(value, &json::is_object);
}

/// Returns whether a value needs more than a line: a list of objects, an object with parts that
/// have parts, or one that a line shows only in part.
bool is_section(const json& value) {
  return is_list_of_objects(value) || is_shown_in_part(value)
         || (value.is_object() && std::ranges::any_of(value, has_parts));
}

std::vector<std::string> keys_in_order(const json& object, std::span<const std::string_view> first,
                                       std::span<const std::string_view> without) {
  std::vector<std::string> keys;
  for (const auto key : first)
    if (object.contains(key))
      keys.emplace_back(key);
  for (const auto& [key, value] : object.items())
    if (std::ranges::find(first, key) == first.end()
        && std::ranges::find(without, key) == without.end())
      keys.push_back(key);
  return keys;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(' ') == text.npos; }

std::string section_text(const json& value, const text_style& style) {
  if (value.is_array())
    return list_view(list_kind::other, elements_of(value), style).text;
  return object_view(value, {}, {}, style);
}

} // namespace

text_style indented(const text_style& style, size_t indent) {
  auto inner = style;
  if (style.width != no_limit)
    inner.width = std::max(style.width, indent + least_paragraph) - indent;
  return inner;
}

void append_indented(std::string& out, std::string_view lines, size_t indent) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    out.append(end > 0 ? indent : 0, ' ').append(lines.substr(0, end)) += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void append_paragraph(std::string& out, std::string_view label, std::string_view text,
                      size_t indent, size_t label_width, const text_style& style) {
  if (is_blank(label) && is_blank(text))
    return;
  const auto width = display_width(label);
  const auto left = indent + std::max(label_width, width);
  auto line = std::string(indent, ' ').append(label).append(left - indent - width, ' ');
  for (const auto& part : wrap(text, indented(style, left).width)) {
    line += part;
    line.erase(line.find_last_not_of(' ') + 1);
    (out += line) += '\n';
    line.assign(left, ' ');
  }
}

std::string object_view(const json& object, std::span<const std::string_view> first,
                        std::span<const std::string_view> without, const text_style& style,
                        size_t indent) {
  if (!object.is_object())
    return {};
  const auto keys = keys_in_order(object, first, without);
  size_t label_width = 0;
  for (const auto& key : keys)
    if (!is_section(object[key]))
      label_width = std::max(label_width, display_width(label_of(key, style)));
  label_width = std::min(label_width, widest_label) + 2;
  std::string lines;
  for (const auto& key : keys)
    if (!is_section(object[key])) {
      const auto label = fit(label_of(key, style), widest_label, style.ellipsis());
      const auto text = member_text(object, key, style);
      if (!text.empty())
        append_paragraph(lines, label, text, indent, label_width, style);
    }
  for (const auto& key : keys)
    if (is_section(object[key])) {
      append_paragraph(lines, "", label_of(key, style) + ":", indent, 0, style);
      append_indented(lines, section_text(object[key], indented(style, indent + section_indent)),
                      indent + section_indent);
    }
  return lines;
}

} // namespace fedhub::ctl
