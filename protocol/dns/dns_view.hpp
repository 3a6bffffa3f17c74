// The nodes' view of the DNS: every domain's servers are the hub.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// What is to be done with one message.
struct dns_view_decision {
  enum class kind : uint8_t {
    ignored,   ///< no answer: it is an answer, or too short.
    malformed, ///< FORMERR.
    refused,   ///< NOTIMP, BADVERS, REFUSED.
    records,   ///< of the view.
    no_data,   ///< of the view: there is no such record, with the SOA that says for how long.
    forward,   ///< not the view's: another server is to be asked.
  };
  kind what = kind::ignored;
  dns_octets answer; ///< whole; empty if `ignored` or `forward`.
  dns_query query;   ///< of `forward`.
};

/// Answers the questions for a domain's XMPP servers, so that whoever asks here finds the hub:
///
/// - `_xmpp-server._tcp` of any domain: one SRV record, `0 0 PORT NAME` (RFC 6120 §3.2.1).
/// - `_xmpps-server._tcp` (XEP-0368) and `_jabber._tcp` (RFC 3920 §14.4) of any domain: no data.
/// Over direct
///   TLS the hub would need certificates of foreign domains, and the last is a way past the hub.
/// - NAME itself: its address.
///
/// Other types of these names: no data. Everything else is for another server. Answers are not
/// signed, are of the class IN and repeat the question's letter case.
class dns_view {
public:
  /// @param name host name, see `dns_name_of`. @param address 4 or 16 octets. @param ttl s.
  dns_view(std::string_view name, std::span<const uint8_t> address, uint16_t port, uint32_t ttl);

  /// Takes any octets. Answers are no longer than the asker takes, else truncated (TC).
  dns_view_decision decide(std::span<const uint8_t> message, dns_transport how) const;

private:
  enum class owner : uint8_t { server, no_server, host, other };
  owner owner_of(const dns_query& x) const;
  dns_octets answer_records(const dns_query& x, owner what, size_t limit) const;
  dns_octets answer_no_data(const dns_query& x, size_t limit) const;

  dns_octets name_, address_;
  uint16_t port_;
  uint32_t ttl_;
};

/// An answer without records: to a question that no server has answered, or that is not taken.
dns_octets dns_error_answer(const dns_query& x, dns_rcode rcode);

} // namespace fedhub
