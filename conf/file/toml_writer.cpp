#include "conf/file/toml_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>
#include <variant>

namespace fedhub::conf {

namespace {

/// Returns the text as a basic string (TOML 1.0, String).
std::string basic_string(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (octet < 0x20 || octet == 0x7f)
      ((result += "\\u00") += digits[octet >> 4]) += digits[octet & 15];
    else
      result += c;
  }
  return result += '"';
}

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-';
  });
  return bare ? std::string{key} : basic_string(key);
}

/// Returns a float with a point or an exponent, since it would be an integer without.
std::string float_text(double number) {
  std::array<char, 64> room{};
  const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
  std::string text{room.data(), end};
  if (text.find_first_of(".en") == std::string::npos)
    text += ".0";
  return text;
}

std::string inline_text(const toml_value& value) {
  return std::visit(
    [](const auto& data) -> std::string {
      using type = std::decay_t<decltype(data)>;
      std::string text;
      if constexpr (std::is_same_v<type, bool>) {
        return data ? "true" : "false";
      } else if constexpr (std::is_same_v<type, int64_t>) {
        return std::to_string(data);
      } else if constexpr (std::is_same_v<type, double>) {
        return float_text(data);
      } else if constexpr (std::is_same_v<type, std::string>) {
        return basic_string(data);
      } else if constexpr (std::is_same_v<type, toml_array>) {
        for (const auto& element : data)
          (text += text.empty() ? "" : ", ") += inline_text(element);
        return '[' + text + ']';
      } else if constexpr (std::is_same_v<type, toml_table>) {
        for (const auto& member : data)
          (text += text.empty() ? "" : ", ") +=
            key_text(member.key) + " = " + inline_text(member.value);
        return "{" + text + "}";
      } else {
        return "\"\"";
      }
    },
    value.data);
}

const toml_table* table_of(const toml_member& member) {
  return std::get_if<toml_table>(&member.value.data);
}

/// Returns the rows that get a heading each; null if the value is no array of tables.
const toml_array* headed_rows_of(const toml_member& member) {
  const auto* array = std::get_if<toml_array>(&member.value.data);
  const bool all = array && !array->empty() && std::ranges::all_of(*array, [](const auto& row) {
                     return std::holds_alternative<toml_table>(row.data);
                   });
  return all ? array : nullptr;
}

void write_keys(const toml_table& table, std::string& out) {
  for (const auto& member : table)
    if (!table_of(member) && !headed_rows_of(member))
      out += key_text(member.key) + " = " + inline_text(member.value) + '\n';
}

/// Writes the keys of a row or of a deep table, which have no headings of their own.
void write_all_inline(const toml_table& table, std::string& out) {
  for (const auto& member : table)
    out += key_text(member.key) + " = " + inline_text(member.value) + '\n';
}

void write_tables(const toml_table& table, const std::string& parent, std::string& out) {
  for (const auto& member : table) {
    const auto path = parent.empty() ? key_text(member.key) : parent + '.' + key_text(member.key);
    if (const auto* rows = headed_rows_of(member))
      for (const auto& row : *rows) {
        out += "\n[[" + path + "]]\n";
        write_all_inline(std::get<toml_table>(row.data), out);
      }
    if (const auto* inner = table_of(member)) {
      out += "\n[" + path + "]\n";
      if (!parent.empty()) {
        write_all_inline(*inner, out);
        continue;
      }
      write_keys(*inner, out);
      write_tables(*inner, path, out);
    }
  }
}

} // namespace

std::string to_toml(const toml_table& document) {
  std::string out;
  write_keys(document, out);
  write_tables(document, "", out);
  return out;
}

} // namespace fedhub::conf
