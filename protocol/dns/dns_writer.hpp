// Writes DNS messages (RFC 1035 §4).
#pragma once

#include <cstdint>
#include <span>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// Appends to a message. The counts in the header are the caller's, by `set16`.
class dns_writer {
public:
  /// Bits of the header's second 16.
  enum flag : uint16_t {
    response = 0x8000,
    authoritative = 0x0400,
    truncated = 0x0200,
    recursion_desired = 0x0100,
    recursion_available = 0x0080,
    authentic_data = 0x0020,
    checking_disabled = 0x0010,
  };
  /// Places of the counts.
  enum count : uint8_t { questions = 4, answers = 6, authorities = 8, additionals = 10 };

  void put8(uint8_t x) { octets_.push_back(x); }
  void put16(uint16_t x) {
    put8(static_cast<uint8_t>(x >> 8));
    put8(static_cast<uint8_t>(x));
  }
  void put32(uint32_t x) {
    put16(static_cast<uint16_t>(x >> 16));
    put16(static_cast<uint16_t>(x));
  }
  void put(std::span<const uint8_t> x) { octets_.insert(octets_.end(), x.begin(), x.end()); }
  void set16(size_t at, uint16_t x) {
    octets_[at] = static_cast<uint8_t>(x >> 8);
    octets_[at + 1] = static_cast<uint8_t>(x);
  }

  /// Puts the OPT record (RFC 6891 §6.1.2), 11 octets.
  void put_opt(uint8_t high_rcode, bool dnssec_ok) {
    put8(0);
    put16(dns_number::type_opt);
    put16(dns_udp_octets);
    put8(high_rcode);
    put8(0); // version
    put16(dnssec_ok ? 0x8000 : 0);
    put16(0);
  }
  static constexpr size_t opt_octets = 11;

  size_t size() const { return octets_.size(); }
  dns_octets take() { return std::move(octets_); }

private:
  dns_octets octets_;
};

} // namespace fedhub
