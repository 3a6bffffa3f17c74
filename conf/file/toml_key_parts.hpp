// A guard for the TOML parser, whose recursion over dotted keys has no bound of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fedhub::conf {

/// The first line, from 1, that has more than `max_dots` dots outside strings and comments. Only
/// dotted keys can have many of them. What is no TOML gives any answer.
std::optional<uint32_t> line_with_more_dots(std::string_view text, size_t max_dots);

} // namespace fedhub::conf
