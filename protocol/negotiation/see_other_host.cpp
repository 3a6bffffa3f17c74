#include "protocol/negotiation/see_other_host.hpp"

#include <charconv>

namespace fedhub {

namespace {

constexpr std::string_view white_space = " \t\r\n";

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

} // namespace

std::optional<stream_host> parse_see_other_host(std::string_view text) {
  const auto begin = text.find_first_not_of(white_space);
  if (begin == text.npos)
    return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(white_space) + 1 - begin);

  // The colons inside an IPv6 address come before its closing bracket.
  const auto bracket = text.rfind(']');
  const auto colon = text.find(':', bracket == text.npos ? 0 : bracket);
  stream_host out;
  if (colon != text.npos) {
    const auto port = parse_port(text.substr(colon + 1));
    if (!port)
      return std::nullopt;
    out.port = *port;
  }
  const auto host = domain_name::parse(text.substr(0, colon));
  if (!host)
    return std::nullopt;
  out.host = *host;
  return out;
}

} // namespace fedhub
