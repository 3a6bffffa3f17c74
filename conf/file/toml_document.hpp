// A TOML document as plain values with their lines. Keeps the TOML library out of everything else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fedhub::conf {

struct toml_value;
struct toml_member;

using toml_array = std::vector<toml_value>;
using toml_table = std::vector<toml_member>; ///< sorted by key, keys are unique.

/// A date, a time or both: no key has one, so that its value is not kept.
struct toml_date_time {};

struct toml_value {
  std::variant<bool, int64_t, double, std::string, toml_date_time, toml_array, toml_table> data;
  uint32_t line = 0; ///< where the value begins, from 1.
};

struct toml_member {
  std::string key;
  uint32_t line = 0; ///< where the key stands, from 1.
  toml_value value;
};

struct toml_syntax_error {
  std::string what;
  uint32_t line = 0;
};

/// Parses TOML 1.0 of values at most 32 deep. The parser gives up at the first fault.
std::variant<toml_table, toml_syntax_error> parse_toml(std::string_view text);

/// The member of that key; null if there is none.
const toml_member* find(const toml_table& table, std::string_view key);

/// The type and, where it is short, the value: `integer 12`, `string "abc"`, `table`.
std::string describe(const toml_value& x);

/// The type alone: `integer`, `string`.
std::string_view type_name(const toml_value& x);

/// In quotes, control characters escaped, cut after 80 octets (never within a UTF-8 sequence).
std::string in_quotes(std::string_view text);

} // namespace fedhub::conf
