#include "metrics/http/http_message.hpp"

#include <algorithm>

namespace fedhub {

namespace {

constexpr size_t longest_method = 32; // the longest registered method has 17 octets

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Returns whether a token may have this character (RFC 9110 §5.6.2).
bool is_token_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9')
         || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

} // namespace

http_response plain_text(unsigned status, std::string body) {
  return {status, std::move(body), {{"Content-Type", "text/plain; charset=utf-8"}}};
}

bool equal_http_names(std::string_view x, std::string_view y) {
  return std::ranges::equal(x, y, {}, lower, lower);
}

std::string_view http_header(const http_fields& headers, std::string_view name) {
  const auto at = std::ranges::find_if(
    headers, [name](const auto& field) { return equal_http_names(field.first, name); });
  return at == headers.end() ? std::string_view{} : std::string_view{at->second};
}

bool begins_http_request(std::string_view octets) {
  const auto end = std::ranges::find_if_not(octets, is_token_character);
  const auto size = static_cast<size_t>(end - octets.begin());
  if (size > longest_method)
    return false;
  return end == octets.end() || (*end == ' ' && size > 0);
}

} // namespace fedhub
