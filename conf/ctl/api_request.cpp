#include "conf/ctl/api_request.hpp"

#include <algorithm>

namespace fedhub::ctl {

namespace {

/// unreserved of RFC 3986 §2.3.
constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789-._~";

} // namespace

std::string_view to_string(http_method method) {
  switch (method) {
  case http_method::post:
    return "POST";
  case http_method::put:
    return "PUT";
  case http_method::patch:
    return "PATCH";
  default:
    return "GET";
  }
}

void api_request::set(std::string_view name, std::string value) {
  const auto place = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  if (place != query.end())
    place->second = std::move(value);
  else
    query.emplace_back(name, std::move(value));
}

std::string api_request::target() const {
  auto result = "/api/v1/" + path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    ((result += separator) += percent_encoded(name)) += '=';
    result += percent_encoded(value);
    separator = '&';
  }
  return result;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (unreserved.find(c) != unreserved.npos)
      result += c;
    else
      ((result += '%') += digits[octet >> 4]) += digits[octet & 15];
  }
  return result;
}

} // namespace fedhub::ctl
