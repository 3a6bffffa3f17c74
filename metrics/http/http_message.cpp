#include "metrics/http/http_message.hpp"

#include <algorithm>

#include "metrics/http/http_grammar.hpp"

namespace fedhub {

namespace {

constexpr size_t longest_method = 32; // the longest registered method has 17 octets

} // namespace

http_response plain_text(unsigned status, std::string body) {
  return {status, std::move(body), {{"Content-Type", "text/plain; charset=utf-8"}}};
}

http_response plain_problem(unsigned status, const std::string& why) {
  return plain_text(status, why + '\n');
}

bool equal_http_names(std::string_view x, std::string_view y) {
  return std::ranges::equal(x, y, {}, ascii_lower, ascii_lower);
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
