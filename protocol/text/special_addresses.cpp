#include "protocol/text/special_addresses.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace fedhub {

namespace {

/// How the addresses of an entry are judged.
enum class reach : uint8_t {
  none,       ///< not reachable beyond their own network.
  global,     ///< globally reachable: an exception inside a block that is not.
  as_ipv4_2,  ///< like the IPv4 address in octets 2 to 5.
  as_ipv4_12, ///< like the IPv4 address in the last four octets.
  as_teredo, ///< like the server's address in octets 4 to 7 and the client's, inverted, in the last
             ///< four.
};

template <size_t Size>
struct block {
  std::array<uint8_t, Size> prefix;
  uint8_t bits;
  reach what = reach::none;
};

// The first entry that matches decides, so an exception comes before the block around it. Reachable
// entries outside of any other block (AS112, AMT) are left out, since they would change nothing.

constexpr block<4> special_ipv4[] = {
  {{192, 0, 0, 9}, 32, reach::global},  // PCP anycast (RFC 7723)
  {{192, 0, 0, 10}, 32, reach::global}, // TURN anycast (RFC 8155)
  {{0, 0, 0, 0}, 8},                    // this network (RFC 791)
  {{10, 0, 0, 0}, 8},                   // private use (RFC 1918)
  {{100, 64, 0, 0}, 10},                // shared address space (RFC 6598)
  {{127, 0, 0, 0}, 8},                  // loopback (RFC 1122)
  {{169, 254, 0, 0}, 16},               // link local (RFC 3927)
  {{172, 16, 0, 0}, 12},                // private use (RFC 1918)
  {{192, 0, 0, 0}, 24},                 // IETF protocol assignments (RFC 6890)
  {{192, 0, 2, 0}, 24},                 // documentation (RFC 5737)
  {{192, 88, 99, 0}, 24},               // 6to4 relays, deprecated (RFC 7526); 6a44 (RFC 6751)
  {{192, 168, 0, 0}, 16},               // private use (RFC 1918)
  {{198, 18, 0, 0}, 15},                // benchmarks (RFC 2544)
  {{198, 51, 100, 0}, 24},              // documentation (RFC 5737)
  {{203, 0, 113, 0}, 24},               // documentation (RFC 5737)
  {{224, 0, 0, 0}, 4},                  // multicast (RFC 5771)
  {{240, 0, 0, 0}, 4},                  // reserved, limited broadcast (RFC 1112, RFC 8190)
};

constexpr block<16> special_ipv6[] = {
  // The unspecified address, loopback and IPv4-compatible addresses (RFC 4291 §2.5.5.1, abolished).
  // IPv4's first block excludes :: and ::1.
  {{}, 96, reach::as_ipv4_12},
  {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, reach::as_ipv4_12}, // IPv4-translated (RFC 7915)
  {{0x00, 0x64, 0xff, 0x9b}, 96, reach::as_ipv4_12},             // NAT64 (RFC 6052)
  {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},                    // NAT64 of local use (RFC 8215)
  {{0x01, 0x00}, 64},                                            // discard only (RFC 6666)
  {{0x01, 0x00, 0, 0, 0, 0, 0, 0x01}, 64},                       // dummy prefix (RFC 9780)
  {{0x20, 0x01, 0, 0}, 32, reach::as_teredo},                    // Teredo (RFC 4380 §4)
  {{0x20, 0x01, 0, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, reach::global}, // PCP anycast
  {{0x20, 0x01, 0, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 128, reach::global}, // TURN anycast
  {{0x20, 0x01, 0, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}, 128, reach::global}, // SRP (RFC 9665)
  {{0x20, 0x01, 0, 0x03}, 32, reach::global},                                      // AMT (RFC 7450)
  {{0x20, 0x01, 0, 0x04, 0x01, 0x12}, 48, reach::global}, // AS112 (RFC 7535)
  {{0x20, 0x01, 0, 0x20}, 28, reach::global},             // ORCHIDv2 (RFC 7343)
  {{0x20, 0x01, 0, 0x30}, 28, reach::global},             // drone identifiers (RFC 9374)
  // IETF protocol assignments (RFC 2928), including benchmarks (RFC 5180) and the first ORCHID.
  {{0x20, 0x01, 0, 0}, 23},
  {{0x20, 0x01, 0x0d, 0xb8}, 32},       // documentation (RFC 3849)
  {{0x20, 0x02}, 16, reach::as_ipv4_2}, // 6to4 (RFC 3056)
  {{0x3f, 0xff, 0}, 20},                // documentation (RFC 9637)
  {{0x5f, 0x00}, 16},                   // SRv6 segment identifiers (RFC 9602)
  {{0xfc}, 7},                          // unique local (RFC 4193)
  {{0xfe, 0x80}, 10},                   // link local (RFC 4291)
  {{0xfe, 0xc0}, 10},                   // site local, deprecated (RFC 3879)
  {{0xff}, 8},                          // multicast (RFC 4291)
};

template <size_t Size>
bool contains(const block<Size>& entry, std::span<const uint8_t> address) {
  const size_t whole = entry.bits / 8;
  if (!std::ranges::equal(address.first(whole), std::span{entry.prefix}.first(whole)))
    return false;
  const unsigned rest = entry.bits % 8;
  return rest == 0 || (address[whole] ^ entry.prefix[whole]) >> (8 - rest) == 0;
}

template <size_t Size, size_t Count>
reach find(const block<Size> (&table)[Count], std::span<const uint8_t> address) {
  const auto* const found =
    std::ranges::find_if(table, [&](const block<Size>& entry) { return contains(entry, address); });
  return found == std::end(table) ? reach::global : found->what;
}

reach reach_of(const ip_address& address) {
  return address.is_v4() ? find(special_ipv4, address.octets())
                         : find(special_ipv6, address.octets());
}

} // namespace

bool is_globally_reachable(const ip_address& address) {
  const auto octets = address.octets();
  const auto carries = [octets](size_t offset) { return ip_address::v4(ipv4_at(octets, offset)); };
  switch (reach_of(address)) {
  case reach::global:
    return true;
  case reach::none:
    return false;
  case reach::as_ipv4_2:
    return is_globally_reachable(carries(2));
  case reach::as_ipv4_12:
    return is_globally_reachable(carries(12));
  case reach::as_teredo: {
    auto client = ipv4_at(octets, 12);
    for (auto& octet : client)
      octet ^= 0xff;
    return is_globally_reachable(carries(4)) && is_globally_reachable(ip_address::v4(client));
  }
  }
  return false;
}

} // namespace fedhub
