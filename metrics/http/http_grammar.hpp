// Pieces of HTTP's grammar (RFC 9110 §5.6).
#pragma once

#include <string>
#include <string_view>

namespace fedhub {

/// Returns whether a token may have this character (RFC 9110 §5.6.2).
bool is_token_character(char c);

/// Returns whether the text is a token.
bool is_token(std::string_view text);

/// Returns an ASCII letter in lower case, and any other octet as it is.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Returns the text without white space at its ends (RFC 9110 §5.6.3).
std::string_view trim_white_space(std::string_view text);

/// Removes the text up to the mark from the front, and the mark. @returns the text, trimmed; all of
/// it if there is no mark.
std::string_view take_until(std::string_view& text, char mark);

/// Removes a quoted string from the front (RFC 9110 §5.6.4).
/// @param value gets what it quotes.
/// @returns false if the text does not begin with one.
bool take_quoted_string(std::string_view& text, std::string& value);

} // namespace fedhub
