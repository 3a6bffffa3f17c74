#include "bench/load/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace fedhub::load {

std::optional<address> address::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  const std::string host{text.substr(0, colon)};
  const auto digits = text.substr(colon + 1);
  address result;
  const auto [end, error] =
    std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  in_addr ip{};
  if (inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &ip) != 1)
    return std::nullopt;
  result.ip = ntohl(ip.s_addr);
  return result;
}

sockaddr_in address::socket_address() const {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(ip);
  return result;
}

std::string address::str() const {
  char text[INET_ADDRSTRLEN] = {};
  const in_addr addr{htonl(ip)};
  inet_ntop(AF_INET, &addr, text, sizeof text);
  return std::string{text} + ':' + std::to_string(port);
}

} // namespace fedhub::load
