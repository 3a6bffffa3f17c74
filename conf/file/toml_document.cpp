#include "conf/file/toml_document.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include <toml++/toml.h>

#include "conf/file/toml_key_parts.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub::conf {

namespace {

/// Far more than the schema needs. Bounds the recursion over a document, here and in its readers.
constexpr size_t max_depth = 32;

/// The parser allows 256 nested values, each under a dotted key. With at most this many dots in a
/// line, its own recursion has at most some 16000 levels, for which a stack suffices.
constexpr size_t max_dots = 64;

/// Copies a parsed document. Stops where values are nested too deep, and stores the line.
class converter {
public:
  explicit converter(uint32_t layer) : layer_{layer} {}

  toml_table convert(const toml::table& table) {
    toml_table result;
    result.reserve(table.size());
    for (const auto& [key, value] : table)
      result.push_back({std::string{key.str()}, key.source().begin.line, convert(value)});
    std::ranges::sort(result, {}, &toml_member::key);
    return result;
  }

  std::optional<uint32_t> too_deep() const { return too_deep_; }

private:
  toml_array convert(const toml::array& array) {
    toml_array result;
    result.reserve(array.size());
    for (const auto& element : array)
      result.push_back(convert(element));
    return result;
  }

  toml_value convert(const toml::node& node) {
    toml_value result;
    result.line = node.source().begin.line;
    result.layer = layer_;
    if (depth_ == max_depth) {
      too_deep_ = result.line;
      return result;
    }
    ++depth_;
    node.visit([&](const auto& concrete) {
      using type = std::remove_cvref_t<decltype(concrete)>;
      constexpr bool is_date_time =
        toml::is_date<type> || toml::is_time<type> || toml::is_date_time<type>;
      if constexpr (toml::is_table<type> || toml::is_array<type>)
        result.data = convert(concrete);
      else if constexpr (is_date_time)
        result.data = toml_date_time{};
      else
        result.data = concrete.get();
    });
    --depth_;
    return result;
  }

  uint32_t layer_;
  size_t depth_ = 0;
  std::optional<uint32_t> too_deep_;
};

/// Indexed like the alternatives of `toml_value::data`.
constexpr std::array<std::string_view, 7> type_names = {
  "boolean", "integer", "float", "string", "date or time", "array", "table",
};

/// Appends `c`, or \xHH if it is a control character.
void append_printable(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto octet = static_cast<uint8_t>(c);
  if (octet < 0x20 || octet == 0x7f)
    ((out += "\\x") += digits[octet >> 4]) += digits[octet & 15];
  else
    out += c;
}

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

} // namespace

std::variant<toml_table, toml_syntax_error> parse_toml(std::string_view text, uint32_t layer) {
  if (const auto line = line_with_more_dots(text, max_dots))
    return toml_syntax_error{"a key with too many parts", *line};
  try {
    converter copy{layer};
    auto result = copy.convert(toml::parse(text));
    if (const auto line = copy.too_deep())
      return toml_syntax_error{"values nested more than 32 deep", *line};
    return result;
  } catch (const toml::parse_error& error) {
    // The parser quotes the document unchanged, including line ends and terminal sequences.
    toml_syntax_error result{{}, error.source().begin.line};
    for (const char c : error.description())
      append_printable(result.what, c);
    return result;
  }
}

const toml_member* find(const toml_table& table, std::string_view key) {
  const auto i = std::ranges::lower_bound(table, key, {}, &toml_member::key);
  return i != table.end() && i->key == key ? &*i : nullptr;
}

toml_member* find(toml_table& table, std::string_view key) {
  const auto i = std::ranges::lower_bound(table, key, {}, &toml_member::key);
  return i != table.end() && i->key == key ? &*i : nullptr;
}

void put(toml_table& table, toml_member member) {
  const auto i = std::ranges::lower_bound(table, member.key, {}, &toml_member::key);
  if (i != table.end() && i->key == member.key)
    *i = std::move(member);
  else
    table.insert(i, std::move(member));
}

const std::string* find_string(const toml_table& table, std::string_view key) {
  const auto* member = find(table, key);
  return member ? std::get_if<std::string>(&member->value.data) : nullptr;
}

std::string_view type_name(const toml_value& x) { return type_names[x.data.index()]; }

std::string describe(const toml_value& value) {
  const auto shown = std::visit(overloaded{
                                  [](bool v) { return std::string{v ? "true" : "false"}; },
                                  [](int64_t v) { return std::to_string(v); },
                                  [](double v) { return (std::ostringstream{} << v).str(); },
                                  [](const std::string& v) { return in_quotes(v); },
                                  [](const auto&) { return std::string{}; },
                                },
                                value.data);
  return shown.empty() ? std::string{type_name(value)}
                       : std::string{type_name(value)} + " " + shown;
}

std::string in_quotes(std::string_view text) {
  constexpr size_t longest = 80;
  const auto shown = clip(text, longest);
  std::string result = "\"";
  for (const char c : shown) {
    if (c == '"' || c == '\\')
      result += '\\';
    append_printable(result, c);
  }
  return result + (shown.size() < text.size() ? "…\"" : "\"");
}

} // namespace fedhub::conf
