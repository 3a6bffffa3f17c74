// DNS messages in forms that tests can write and read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/dns/dns_query.hpp"
#include "protocol/dns/dns_writer.hpp"

namespace fedhub {

/// Returns octets that are written in hexadecimal, separated by blanks.
inline dns_octets octets_of(std::string_view hex) {
  dns_octets result;
  std::string digits;
  for (const char c : hex)
    if (c != ' ')
      digits += c;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    result.push_back(static_cast<uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return result;
}

/// A question, with parts that may be odd.
struct packet {
  std::string_view name = "a.example";
  uint16_t type = dns_number::type_srv;
  uint16_t klass = dns_number::class_in;
  uint16_t flags = 0x0100; ///< RD
  uint16_t counts[4] = {1, 0, 0, 0};
  dns_octets rest{}; ///< octets after the question.

  dns_octets octets() const {
    dns_writer result;
    result.put16(0x1234);
    result.put16(flags);
    for (const auto count : counts)
      result.put16(count);
    result.put(dns_name_of(name));
    result.put16(type);
    result.put16(klass);
    result.put(rest);
    return result.take();
  }
};

/// Returns the packet with an OPT record.
inline packet with_edns(packet packet, uint16_t payload = 1232, uint8_t version = 0,
                        bool dnssec_ok = false) {
  dns_writer opt;
  opt.put8(0);
  opt.put16(dns_number::type_opt);
  opt.put16(payload);
  opt.put8(0);
  opt.put8(version);
  opt.put16(dnssec_ok ? 0x8000 : 0);
  opt.put16(0);
  packet.counts[3] = 1;
  packet.rest = opt.take();
  return packet;
}

/// The header of a message.
struct dns_head {
  explicit dns_head(const dns_octets& octets) {
    const auto at = [&](size_t i) {
      return static_cast<uint16_t>(octets.at(i) << 8 | octets.at(i + 1));
    };
    id = at(0);
    flags = at(2);
    for (size_t i = 0; i < 4; ++i)
      counts.push_back(at(4 + 2 * i));
  }
  uint16_t id = 0, flags = 0;
  std::vector<uint16_t> counts{};

  int rcode() const { return flags & 0x0f; }
  bool has(uint16_t flag) const { return (flags & flag) != 0; }
};

} // namespace fedhub
