// A TOML document as plain values with their lines. No other file includes the TOML library.
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

/// A date, a time or both. No key has one, so the value is not kept.
struct toml_date_time {};

struct toml_value {
  std::variant<bool, int64_t, double, std::string, toml_date_time, toml_array, toml_table> data;
  uint32_t line = 0;  ///< the line in which the value begins, from 1.
  uint32_t layer = 0; ///< the document's number among those that make up a configuration.
};

struct toml_member {
  std::string key;
  uint32_t line = 0; ///< the line of the key, from 1.
  toml_value value;
};

struct toml_syntax_error {
  std::string what;
  uint32_t line = 0;
};

/// Parses TOML 1.0 with values nested at most 32 deep. Stops at the first fault.
/// @param layer of each value.
std::variant<toml_table, toml_syntax_error> parse_toml(std::string_view text, uint32_t layer = 0);

/// Returns the member with that key; null if there is none.
const toml_member* find(const toml_table& table, std::string_view key);
toml_member* find(toml_table& table, std::string_view key);

/// Adds a member, or replaces the one with its key.
void put(toml_table& table, toml_member member);

/// Returns the string under that key; null if there is none, or a value of another type.
const std::string* find_string(const toml_table& table, std::string_view key);

/// Returns the type and, if it is short, the value: `integer 12`, `string "abc"`, `table`.
std::string describe(const toml_value& value);

/// Returns the type alone: `integer`, `string`.
std::string_view type_name(const toml_value& value);

/// Returns the text in quotes, with control characters escaped, cut after 80 octets (never within a
/// UTF-8 sequence).
std::string in_quotes(std::string_view text);

} // namespace fedhub::conf
