// Reads questions to a DNS server (RFC 1035 §4, RFC 6891), with strict bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace fedhub {

using dns_octets = std::vector<uint8_t>;

enum class dns_rcode : uint8_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  name_error = 3,
  not_implemented = 4,
  refused = 5,
  bad_version = 16, ///< of EDNS.
};

/// The transport of a question, which limits the length of its answer.
enum class dns_transport : uint8_t { udp, tcp };

/// The numbers of the types and classes that the hub handles.
namespace dns_number {
inline constexpr uint16_t type_a = 1;
inline constexpr uint16_t type_soa = 6;
inline constexpr uint16_t type_aaaa = 28;
inline constexpr uint16_t type_srv = 33;
inline constexpr uint16_t type_opt = 41;
inline constexpr uint16_t type_ixfr = 251;
inline constexpr uint16_t type_axfr = 252;
inline constexpr uint16_t type_any = 255;
inline constexpr uint16_t class_in = 1;
inline constexpr uint16_t class_any = 255;
} // namespace dns_number

/// The octets between the name of a record and its data: type, class, TTL and length.
inline constexpr size_t dns_record_head_octets = 10;
/// Reads a 16-bit number. @pre it lies within the message.
inline uint16_t dns_number_at(std::span<const uint8_t> message, size_t at) {
  return static_cast<uint16_t>(message[at] << 8 | message[at + 1]);
}

/// The octets of a header.
inline constexpr size_t dns_header_octets = 12;
/// The longest message that the hub sends over UDP or announces to accept. It passes every network
/// unfragmented (RFC 9715).
inline constexpr uint16_t dns_udp_octets = 1232;
/// The longest message over UDP to or from a peer without EDNS.
inline constexpr uint16_t dns_plain_udp_octets = 512;

/// A well-formed question.
struct dns_query {
  uint16_t id = 0;
  bool recursion_desired = false;
  bool checking_disabled = false;
  bool edns = false;
  bool dnssec_ok = false;                  ///< only with EDNS.
  uint16_t payload = dns_plain_udp_octets; ///< octets that the peer accepts over UDP.
  dns_octets question; ///< as on the wire: a name without compression, type and class.
  uint16_t type = 0;
  uint16_t klass = 0;

  /// Returns the name alone, in the letter case of the question.
  std::span<const uint8_t> name() const { return std::span{question}.first(question.size() - 4); }
  /// Returns the length limit of the answer, in octets.
  size_t most_octets(dns_transport how) const;
};

/// A message whose question cannot be answered from its content.
struct dns_query_fault {
  /// Nothing if the message gets no answer: it is an answer itself, or too short to have a header.
  std::optional<dns_rcode> rcode;
  dns_octets answer; ///< the whole message to send; empty if there is none.
};

/// Reads a message, which may have any octets.
std::variant<dns_query, dns_query_fault> read_dns_query(std::span<const uint8_t> message);

/// Returns the position after the name at `at`; nothing if the message ends first. Does not follow
/// compression.
std::optional<size_t> skip_dns_name(std::span<const uint8_t> message, size_t at);

/// Compares two names in wire form, or two questions, without regard to the case of ASCII letters.
bool same_dns_name(std::span<const uint8_t> left, std::span<const uint8_t> right);

/// Returns a host name in wire form.
/// @pre its labels have 1 to 63 octets each, and 253 in all.
dns_octets dns_name_of(std::string_view text);

} // namespace fedhub
