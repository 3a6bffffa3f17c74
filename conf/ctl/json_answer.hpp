// The hub's answers as JSON, within bounds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace fedhub::ctl {

/// A JSON value. Its objects are sorted by key, so a lookup and an insertion take the logarithm of
/// their size, whatever an answer has.
using json = nlohmann::json;

/// Levels of arrays and objects that an answer may have. The API's own answers have six.
inline constexpr size_t most_levels = 32;

/// Parses an answer. @returns nothing if it is not JSON, not UTF-8, or has more than `most_levels`.
std::optional<json> parse_json(std::string_view text);

/// Returns the member of an object; null if there is none, or `value` is no object.
const json& member(const json& value, std::string_view key);

/// Returns the member of an object if it is a string, else an empty text.
std::string text_member(const json& value, std::string_view key);

/// Returns whether `value` is a container with something in it.
bool has_parts(const json& value);

/// Returns a JSON text in which characters that a terminal could act on (`is_deceptive`) are
/// escaped: `\\u001B`. Spaces and line feeds between values stay. It has the same value as `text`.
std::string json_for_terminal(std::string_view text);

} // namespace fedhub::ctl
