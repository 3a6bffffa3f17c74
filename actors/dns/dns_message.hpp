// DNS answers (RFC 1035 §4), read with strict bounds, since a server's octets are not trusted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/sockets/socket.hpp"
#include "protocol/certificate/dane.hpp"

namespace fedhub {

/// The types of questions. The values are those of the protocol, except `host`.
enum class dns_type : uint16_t {
  /// The addresses of a name that an operator configured: /etc/hosts, search list, then A and
  /// AAAA.
  host = 0,
  a = 1,
  aaaa = 28,
  srv = 33,
  tlsa = 52,
};
std::string_view to_string(dns_type type);

struct dns_question {
  std::string name; ///< lower case, no final dot.
  dns_type type = dns_type::a;

  std::string str() const; ///< for people: "SRV _xmpp-server._tcp.partner.example".
  friend bool operator==(const dns_question&, const dns_question&) = default;
};

/// One SRV record (RFC 2782).
struct srv_record {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target; ///< lower case, no final dot; empty for ".".

  friend bool operator==(const srv_record&, const srv_record&) = default;
};

/// The outcome of one question.
struct dns_answer {
  enum class kind : uint8_t {
    records,   ///< at least one record of the type asked for.
    no_data,   ///< the name exists, without such records.
    no_name,   ///< NXDOMAIN.
    failed,    ///< SERVFAIL, REFUSED, malformed, no server reachable.
    timed_out, ///< no server answered.
  };
  kind what = kind::failed;
  bool server_failed = false; ///< with `failed`: it was SERVFAIL, so another attempt may succeed.
  /// The server's AD bit: the whole answer is secure by DNSSEC, aliases included (RFC 4035 §3.2.3).
  /// Only as trustworthy as the server and the way to it.
  bool secure = false;
  std::string detail; ///< with a failure, e.g. "SERVFAIL for A chat.partner.example".
  std::vector<srv_record> services;
  std::vector<socket_address> addresses; ///< port 0.
  std::vector<tlsa_record> associations;
  /// The owner of the records, if aliases lead to it from the question's name; else empty.
  std::string canonical_name;
  /// How long this may be kept: the least TTL of all records used; for a negative answer, the SOA's
  /// (RFC 2308 §5). Absent if the message has none.
  std::optional<std::chrono::seconds> ttl;

  bool positive() const { return what == kind::records; }
  bool negative() const { return what == kind::no_data || what == kind::no_name; }
};

/// Reads the answer to `question`, which must not be of type `host`. Follows aliases (CNAME) inside
/// the message. Never fails: a malformed or truncated message gives an answer of kind `failed`.
dns_answer read_dns_answer(std::span<const uint8_t> message, const dns_question& question);

/// Returns whether a name can be a host name: labels of 1 to 63 letters, digits, hyphens or
/// underscores, 253 octets in all.
bool is_host_name(std::string_view name);

} // namespace fedhub
