#include "protocol/text/ip_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace fedhub {

namespace {

/// Does the work of inet_ntop(3) without its `sprintf`: each connection asks for addresses often.
std::string ipv4_text(std::span<const uint8_t> octets) {
  std::array<char, INET_ADDRSTRLEN> text;
  char* end = text.data();
  for (const uint8_t octet : octets) {
    end = std::to_chars(end, text.end(), octet).ptr;
    *end++ = '.';
  }
  return {text.data(), end - 1};
}

} // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  // inet_pton(3) stops at a NUL, and takes the text before it for the address.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos)
    return {};
  const std::string terminated{text};
  ipv4_octets four{};
  if (inet_pton(AF_INET, terminated.c_str(), four.data()) == 1)
    return v4(four);
  ipv6_octets sixteen{};
  if (inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1)
    return v6(sixteen);
  return {};
}

bool ip_address::is_any() const {
  return std::ranges::all_of(octets(), [](uint8_t octet) { return octet == 0; });
}

bool ip_address::is_loopback() const {
  return is_v4() ? octets_[0] == 127
                 : *this == v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

std::string ip_address::str() const {
  if (is_v4())
    return ipv4_text(octets());
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, octets_.data(), text.data(), text.size());
  return text.data();
}

} // namespace fedhub
