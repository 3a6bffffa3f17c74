// Guards the TOML parser, whose recursion over dotted keys has no limit of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fedhub::conf {

/// Returns the first line, from 1, with more than `max_dots` dots outside strings and comments.
/// Only dotted keys can have many such dots. For a text that is not TOML the result is unspecified.
std::optional<uint32_t> line_with_more_dots(std::string_view text, size_t max_dots);

} // namespace fedhub::conf
