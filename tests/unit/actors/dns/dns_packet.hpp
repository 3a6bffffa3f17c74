// Writes DNS answers for tests: the counterpart of actors/dns_message.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/dns/dns_message.hpp"

namespace fedhub::test {

using octets = std::vector<uint8_t>;

inline void put16(octets& out, unsigned number) {
  out.push_back(static_cast<uint8_t>(number >> 8));
  out.push_back(static_cast<uint8_t>(number));
}

inline void put32(octets& out, uint32_t uint32) {
  put16(out, uint32 >> 16);
  put16(out, uint32 & 0xffff);
}

/// Returns a name in wire form, without compression.
inline octets wire_name(std::string_view name) {
  octets out;
  while (!name.empty()) {
    auto label = name.substr(0, name.find('.'));
    out.push_back(static_cast<uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  out.push_back(0);
  return out;
}

/// An answer, record by record. "@" as owner is a compressed reference to the question's name.
class dns_packet {
public:
  static constexpr int servfail = 2, nxdomain = 3, refused = 5;

  dns_packet() = default;
  explicit dns_packet(int rcode) : flags_(0x8180u | static_cast<unsigned>(rcode)) {}

  dns_packet& truncated() {
    flags_ |= 0x0200;
    return *this;
  }
  /// Sets the AD bit: all of the answer is secure.
  dns_packet& authenticated() {
    flags_ |= 0x0020;
    return *this;
  }
  dns_packet& srv(std::string_view owner, uint32_t ttl, unsigned priority, unsigned weight,
                  unsigned port, std::string_view target) {
    octets data;
    put16(data, priority);
    put16(data, weight);
    put16(data, port);
    auto name = wire_name(target);
    data.insert(data.end(), name.begin(), name.end());
    return record(owner, 33, ttl, data);
  }
  dns_packet& a(std::string_view owner, uint32_t ttl, const char* ip) {
    octets data(4);
    inet_pton(AF_INET, ip, data.data());
    return record(owner, 1, ttl, data);
  }
  dns_packet& aaaa(std::string_view owner, uint32_t ttl, const char* ip) {
    octets data(16);
    inet_pton(AF_INET6, ip, data.data());
    return record(owner, 28, ttl, data);
  }
  dns_packet& tlsa(std::string_view owner, uint32_t ttl, const tlsa_record& tlsa_record) {
    octets data{tlsa_record.usage, tlsa_record.selector, tlsa_record.matching};
    data.insert(data.end(), tlsa_record.data.begin(), tlsa_record.data.end());
    return record(owner, 52, ttl, data);
  }
  dns_packet& cname(std::string_view owner, uint32_t ttl, std::string_view target) {
    return record(owner, 5, ttl, wire_name(target));
  }
  dns_packet& record(std::string_view owner, unsigned type, uint32_t ttl, const octets& data) {
    put_record(answer_, owner, type, ttl, data);
    ++answers_;
    return *this;
  }
  dns_packet& soa(std::string_view owner, uint32_t ttl, uint32_t minimum) {
    auto data = wire_name("ns.example");
    auto mailbox = wire_name("hostmaster.example");
    data.insert(data.end(), mailbox.begin(), mailbox.end());
    for (int i = 0; i < 4; ++i)
      put32(data, 1);
    put32(data, minimum);
    put_record(authority_, owner, 6, ttl, data);
    ++authorities_;
    return *this;
  }

  octets encode(const dns_question& question, unsigned id = 1) const {
    octets out;
    put16(out, id);
    put16(out, flags_);
    put16(out, 1);
    put16(out, answers_);
    put16(out, authorities_);
    put16(out, 0);
    auto name = wire_name(question.name);
    out.insert(out.end(), name.begin(), name.end());
    put16(out, static_cast<unsigned>(question.type));
    put16(out, 1);
    out.insert(out.end(), answer_.begin(), answer_.end());
    out.insert(out.end(), authority_.begin(), authority_.end());
    return out;
  }

private:
  static void put_record(octets& out, std::string_view owner, unsigned type, uint32_t ttl,
                         const octets& data) {
    auto name = owner == "@" ? octets{0xc0, 12} : wire_name(owner);
    out.insert(out.end(), name.begin(), name.end());
    put16(out, type);
    put16(out, 1);
    put32(out, ttl);
    put16(out, static_cast<unsigned>(data.size()));
    out.insert(out.end(), data.begin(), data.end());
  }

  unsigned flags_ = 0x8180;
  unsigned answers_ = 0;
  unsigned authorities_ = 0;
  octets answer_;
  octets authority_;
};

} // namespace fedhub::test
