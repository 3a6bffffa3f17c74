#include "actors/net/address_group.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace fedhub {

namespace {

constexpr uint64_t v4_mark = uint64_t{1} << 32;
/// NAT64's well-known prefix (RFC 6052 §2.1).
constexpr std::array<uint8_t, 12> translated{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

uint64_t number(std::span<const uint8_t> octets) {
  uint64_t result = 0;
  for (const uint8_t octet : octets)
    result = result << 8 | octet;
  return result;
}

} // namespace

address_group::address_group(const socket_address& from) {
  const auto ip = from.address();
  if (!ip)
    return;
  const auto octets = ip->octets();
  if (ip->is_v4() || std::ranges::equal(octets.first(translated.size()), translated))
    v4_ = v4_mark | number(octets.last(4));
  else
    prefix_ = number(octets.first(8));
}

} // namespace fedhub
