// Decimal numbers in text.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace fedhub {

/// Parses one or more decimal digits, without sign and white space; leading zeros count nothing.
/// @returns nothing if the text is anything else, or if the number does not fit.
template <std::unsigned_integral Number>
std::optional<Number> parse_decimal(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return number;
}

} // namespace fedhub
