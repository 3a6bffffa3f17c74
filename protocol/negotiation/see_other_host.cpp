#include "protocol/negotiation/see_other_host.hpp"

#include "protocol/text/decimal.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub {

namespace {

std::optional<uint16_t> parse_port(std::string_view text) {
  const auto port = parse_decimal<uint16_t>(text);
  return port == 0 ? std::nullopt : port;
}

} // namespace

std::optional<stream_host> parse_see_other_host(std::string_view text) {
  text = xml::trim(text);
  if (text.empty())
    return std::nullopt;
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
