#include "conf/ctl/field_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "protocol/text/printable_text.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub::ctl {

namespace {

/// Fields whose strings are never times: texts of people and of peers.
constexpr std::array<std::string_view, 8> free_texts{"default", "detail", "found", "name",
                                                     "remedy",  "text",   "value", "why"};

bool is_free_text(std::string_view key) { return std::ranges::binary_search(free_texts, key); }

/// Returns whether a word of the key, `queued_bytes` or `bytes_in`, says that it counts octets.
bool is_size(std::string_view key) {
  return key == "bytes" || key.starts_with("bytes_") || key.ends_with("_bytes");
}

/// Returns the UTF-8 text in ASCII: other characters become `\u{HHHH}`.
std::string in_ascii(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto next = xml::decode_utf8(text.data(), text.data() + text.size());
    if (xml::is_ascii(text.front())) {
      result += text.front();
    } else {
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u{%04X}", static_cast<unsigned>(next.value));
      result += escape.data();
    }
    text.remove_prefix(std::max<size_t>(next.length, 1));
  }
  return result;
}

/// Returns a number with up to six digits: "365", "41.5".
std::string decimal_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

std::string number_text(std::string_view key, const json& value) {
  const auto number = value.get<double>();
  constexpr double largest_readable = 1e15; // beyond it no unit makes a number readable
  if (std::abs(number) < largest_readable) {
    if (key.ends_with("_s"))
      return readable_duration(number);
    if (is_size(key) && number >= 0)
      return readable_size(number);
  }
  return value.is_number_float() ? decimal_text(number) : value.dump();
}

/// Appends parts with ", " between them, up to `most_value_octets`.
class joined_text {
public:
  explicit joined_text(const text_style& style) : style_(style) {}

  /// Returns whether there is room for more.
  bool append(const std::string& part) {
    if (part.empty())
      return true;
    if (text_.size() + part.size() > most_value_octets) {
      text_ += style_.ellipsis();
      return false;
    }
    if (!text_.empty())
      text_ += ", ";
    text_ += part;
    return true;
  }
  std::string take() { return std::move(text_); }

private:
  const text_style& style_;
  std::string text_;
};

std::string array_text(std::string_view key, const json& values, const text_style& style) {
  joined_text text{style};
  for (const auto& value : values)
    if (!text.append(field_text(key, value, style)))
      break;
  return text.take();
}

/// Fields that stand for their object, of which one is enough.
constexpr std::array naming_fields{"verdict", "address"};

bool is_pair(const json& object) { return object.contains("from") && object.contains("to"); }

/// Returns a small object in a few words: a pair by its two domains, a certificate by its verdict,
/// a link by its address; any other with the names of its members.
std::string object_text(const json& object, const text_style& style) {
  if (is_pair(object)) {
    const auto proof = member_text(object, "proof", style);
    return member_text(object, "from", style) + " -> " + member_text(object, "to", style)
           + (proof.empty() ? "" : " (" + proof + ")");
  }
  for (const auto* name : naming_fields)
    if (object.contains(name))
      return member_text(object, name, style);
  joined_text text{style};
  for (const auto& [key, value] : object.items()) {
    const auto shown = field_text(key, value, style);
    if (!shown.empty() && !text.append(label_of(key, style) + " " + shown))
      break;
  }
  return text.take();
}

} // namespace

std::string safe_text(std::string_view text, const text_style& style) {
  auto result = printable(text, most_value_octets);
  return style.ascii ? in_ascii(result) : result;
}

std::string field_text(std::string_view key, const json& value, const text_style& style) {
  switch (value.type()) {
  case json::value_t::string: {
    const auto& text = value.get_ref<const std::string&>();
    const auto time = is_free_text(key) ? std::nullopt : parse_time(text);
    return time ? relative_time(*time, style.now) : safe_text(text, style);
  }
  case json::value_t::boolean:
    return value.get<bool>() ? "yes" : "no";
  case json::value_t::number_integer:
  case json::value_t::number_unsigned:
  case json::value_t::number_float:
    return number_text(key, value);
  case json::value_t::array:
    return array_text(key, value, style);
  case json::value_t::object:
    return object_text(value, style);
  default:
    return {};
  }
}

bool is_shown_in_part(const json& object) {
  return object.is_object()
         && (is_pair(object) || std::ranges::any_of(naming_fields, [&object](const char* name) {
               return object.contains(name);
             }));
}

std::string member_text(const json& object, std::string_view key, const text_style& style) {
  return field_text(key, member(object, key), style);
}

std::string failure_text(const json& object, const text_style& style) {
  const auto name = member_text(object, "failure", style);
  const auto detail = member_text(object, "detail", style);
  return name.empty() || detail.empty() ? name + detail : name + ": " + detail;
}

std::string label_of(std::string_view key, const text_style& style) {
  auto label = safe_text(key, style);
  std::ranges::replace(label, '_', ' ');
  return label;
}

} // namespace fedhub::ctl
