// The nodes' view of the DNS, in which the hub is every domain's server.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// The decision on one message.
struct dns_view_decision {
  enum class kind : uint8_t {
    ignored,   ///< no answer: the message is an answer, or too short.
    malformed, ///< FORMERR.
    refused,   ///< NOTIMP, BADVERS, REFUSED.
    records,   ///< records of the view.
    no_data,   ///< the view has no such record; the answer's SOA limits how long that is cached.
    forward,   ///< not part of the view: ask another server.
  };
  kind what = kind::ignored;
  dns_octets answer; ///< the whole message; empty if `ignored` or `forward`.
  dns_query query;   ///< for `forward`.
};

/// Answers questions about a domain's XMPP servers so that the client finds the hub:
///
/// - `_xmpp-server._tcp` of any domain: one SRV record, `0 0 PORT NAME` (RFC 6120 §3.2.1).
/// - `_xmpps-server._tcp` (XEP-0368) and `_jabber._tcp` (RFC 3920 §14.4) of any domain: no data.
///   For direct TLS the hub would need certificates of foreign domains. `_jabber._tcp` would bypass
///   the hub.
/// - NAME itself: its address.
///
/// Other types of these names: no data. All other questions are for another server. Answers are not
/// signed, have the class IN and repeat the question's letter case.
class dns_view {
public:
  /// @param name the hub's host name, see `dns_name_of`.
  /// @param address 4 or 16 octets.
  /// @param ttl in seconds.
  dns_view(std::string_view name, std::span<const uint8_t> address, uint16_t port, uint32_t ttl);

  /// Decides on a message, which may have any octets. Answers longer than the client accepts are
  /// truncated (TC).
  dns_view_decision decide(std::span<const uint8_t> message, dns_transport how) const;

private:
  enum class owner : uint8_t { server, no_server, host, other };
  owner owner_of(const dns_query& query) const;
  dns_octets answer_records(const dns_query& query, owner what, size_t limit) const;
  dns_octets answer_no_data(const dns_query& query, size_t limit) const;

  dns_octets name_, address_;
  uint16_t port_;
  uint32_t ttl_;
};

/// Returns an answer without records, to a question that no server has answered or that the hub
/// refuses.
dns_octets dns_error_answer(const dns_query& query, dns_rcode rcode);

} // namespace fedhub
