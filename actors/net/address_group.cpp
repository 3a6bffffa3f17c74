#include "actors/net/address_group.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace fedhub {

namespace {

constexpr uint64_t v4_mark = uint64_t{1} << 32;
constexpr std::array<uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<uint8_t, 12> translated{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

uint64_t number(const uint8_t* from, size_t octets) {
  uint64_t result = 0;
  for (size_t i = 0; i < octets; ++i)
    result = result << 8 | from[i];
  return result;
}

} // namespace

address_group::address_group(const socket_address& x) {
  if (x.family() == AF_INET) {
    v4_ = v4_mark | ntohl(reinterpret_cast<const sockaddr_in*>(x.data())->sin_addr.s_addr);
  } else if (x.family() == AF_INET6) {
    std::array<uint8_t, 16> octets{};
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6*>(x.data())->sin6_addr,
                octets.size());
    if (std::equal(mapped.begin(), mapped.end(), octets.begin())
        || std::equal(translated.begin(), translated.end(), octets.begin()))
      v4_ = v4_mark | number(octets.data() + 12, 4);
    else
      prefix_ = number(octets.data(), 8);
  }
}

} // namespace fedhub
