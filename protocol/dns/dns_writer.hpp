// Writes DNS messages (RFC 1035 §4).
#pragma once

#include <cstdint>
#include <span>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// Appends to a message. The caller sets the counts in the header, by `set16`.
class dns_writer {
public:
  /// Flags in the second 16 bits of the header.
  enum flag : uint16_t {
    response = 0x8000,
    authoritative = 0x0400,
    truncated = 0x0200,
    recursion_desired = 0x0100,
    recursion_available = 0x0080,
    authentic_data = 0x0020,
    checking_disabled = 0x0010,
  };
  /// Positions of the counts in the header.
  enum count : uint8_t { questions = 4, answers = 6, authorities = 8, additionals = 10 };

  void put8(uint8_t x) { octets_.push_back(x); }
  void put16(uint16_t number) {
    put8(static_cast<uint8_t>(number >> 8));
    put8(static_cast<uint8_t>(number));
  }
  void put32(uint32_t number) {
    put16(static_cast<uint16_t>(number >> 16));
    put16(static_cast<uint16_t>(number));
  }
  void put(std::span<const uint8_t> more) {
    octets_.insert(octets_.end(), more.begin(), more.end());
  }
  void set16(size_t at, uint16_t number) {
    octets_[at] = static_cast<uint8_t>(number >> 8);
    octets_[at + 1] = static_cast<uint8_t>(number);
  }

  /// Appends the OPT record (RFC 6891 §6.1.2), 11 octets.
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
