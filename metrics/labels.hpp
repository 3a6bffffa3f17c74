// The values that metric labels take: fixed sets, never a peer's domain, address or JID.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/certificate/certificate_path.hpp"
#include "protocol/errors/failure.hpp"
#include "protocol/errors/stanza_error.hpp"
#include "protocol/stanza/stanza_kind.hpp"

namespace fedhub {

/// What a stream is to the hub.
enum class stream_leg : uint8_t {
  s2s_in,         ///< a remote domain's stream to the hub.
  s2s_out,        ///< the hub's stream to a remote domain.
  node_component, ///< a component node's link (XEP-0114).
  node_s2s_in,    ///< an s2s node's own stream to the hub.
  node_s2s_out,   ///< the hub's stream to an s2s node.
};

/// Where a stanza comes from. It keeps its direction to its end: a stanza from a node to another
/// node counts as `from_node` all the way.
enum class stanza_direction : uint8_t { from_world, from_node };

/// The direction of the stanzas that such a stream brings in.
constexpr stanza_direction direction_of(stream_leg source) {
  return source == stream_leg::s2s_in || source == stream_leg::s2s_out
           ? stanza_direction::from_world
           : stanza_direction::from_node;
}

enum class stream_state : uint8_t {
  negotiating,
  authenticated, ///< at least one domain pair, or the component's name, is proved.
};
enum class stream_tls : uint8_t { plain, tls };

/// How a negotiation ended; the stage that failed is counted apart.
enum class negotiation_result : uint8_t { ok, failed };

/// XEP-0220 §1.2: whom the hub acts as.
enum class dialback_role : uint8_t { initiating, receiving, authoritative };
enum class dialback_result : uint8_t {
  valid,
  invalid,
  error,   ///< a typed error, or the stream failed meanwhile.
  timeout, ///< unanswered for `timeouts.dialback`.
};
/// The stream that a question about a key was put on.
enum class question_stream : uint8_t {
  own,      ///< of the domain that is asked about.
  shared,   ///< another domain's to the same server (XEP-0220 §2.6.2).
  fallback, ///< its own, since the shared one gave no answer.
};

/// How the servers of a domain were found. Names and order are those of `resolve_method`.
enum class dns_method : uint8_t { srv, address, static_route, literal, cache };
enum class dns_result : uint8_t {
  found,
  not_found,
  no_service, ///< SRV target ".".
  failed,     ///< SERVFAIL, REFUSED, malformed answers.
  timeout,
  refused, ///< only addresses that may not be connected to.
};
enum class dns_step : uint8_t { srv, address, total };

/// The result that a resolution's failure stands for; `failed` for one that no resolution has.
constexpr dns_result dns_result_of(failure x) {
  switch (x) {
  case failure::none:
    return dns_result::found;
  case failure::dns_not_found:
    return dns_result::not_found;
  case failure::dns_no_service:
    return dns_result::no_service;
  case failure::dns_timeout:
    return dns_result::timeout;
  case failure::address_refused:
    return dns_result::refused;
  default:
    return dns_result::failed;
  }
}

/// What became of a question to the nodes' DNS view.
enum class dns_view_result : uint8_t {
  answered,    ///< by the hub: the SRV record of a domain, the address of `dns_view.name`.
  no_data,     ///< by the hub: there is no such record.
  forwarded,   ///< an upstream server's answer was passed on.
  failed,      ///< no upstream server answered: SERVFAIL.
  malformed,   ///< FORMERR; no answer where it can't be told whom it would be for.
  refused,     ///< NOTIMP, BADVERS, REFUSED: nothing that the view does.
  limited,     ///< too many a second from the address: no answer, or over TCP a later one.
  not_allowed, ///< no answer: the address is not in `dns_view.allow`.
};

/// One attempt to connect to one address. The race of RFC 8305 makes several for one stream.
enum class connect_result : uint8_t {
  connected,
  refused,
  timeout,
  unreachable, ///< any other error.
  cancelled,   ///< another address won the race.
};

/// What became of a stanza error that the hub made.
enum class reply_result : uint8_t {
  sent,
  dropped, ///< its addressee could not be reached either; it is not answered (RFC 6120 §8.3.1).
};

enum class tls_role : uint8_t { server, client };
enum class tls_version : uint8_t { tls_1_2, tls_1_3 };
/// Whether a handshake made new keys from certificates, or went on with those of an earlier one.
enum class tls_session : uint8_t { fresh, resumed };

/// Whose stream is to be resumed (XEP-0198): the hub's own, or one that a peer opened.
enum class resumption_role : uint8_t { initiating, receiving };
enum class resumption_result : uint8_t {
  resumed,
  refused, ///< what is not known to have arrived is sent again.
};

/// What proved that a domain is the peer's.
enum class identity_method : uint8_t {
  none, ///< nothing: an outgoing stream to a peer that only DNS vouches for.
  pkix, ///< a certificate with a path to a trusted CA.
  dane, ///< a certificate that DNSSEC-signed TLSA records name.
  pin,  ///< a key that the configuration names.
  dialback,
  configured, ///< a node of the operator's own.
};
/// What became of a peer that did not prove what the trust rules ask for.
enum class trust_violation : uint8_t { refused, reported };

/// What became of a stream to a server whose certificate proves nothing
/// (`federation.require_verified`).
enum class unverified_outcome : uint8_t { let_pass, reported, refused };

enum class listener_kind : uint8_t { s2s, s2s_direct_tls, nodes };
/// The limit that turned an incoming connection away.
enum class connection_limit : uint8_t {
  total,   ///< `limits.connections`
  address, ///< `limits.connections_per_address`
  rate,    ///< `limits.accepts_per_second`
};

/// What became of a component's claim to a node that has a link.
enum class takeover_result : uint8_t {
  granted, ///< it is the node's link now.
  refused, ///< the node's links take its place from each other too often.
};

enum class actor_kind : uint8_t {
  listener,
  connection,
  domain,
  verifier,
  node,
  router,
  other, ///< resolver, supervisor and what else there is one of.
};

enum class reload_result : uint8_t { applied, rejected };

/// The label values: the names above, with dashes where protocol/'s own words have them, TLS
/// versions as "1.2" and "1.3".
std::string_view to_string(stream_leg x);
std::string_view to_string(stanza_direction x);
std::string_view to_string(stream_state x);
std::string_view to_string(stream_tls x);
std::string_view to_string(negotiation_result x);
std::string_view to_string(dialback_role x);
std::string_view to_string(dialback_result x);
std::string_view to_string(question_stream x);
std::string_view to_string(dns_method x);
std::string_view to_string(dns_result x);
std::string_view to_string(dns_step x);
std::string_view to_string(dns_view_result x);
std::string_view to_string(connect_result x);
std::string_view to_string(reply_result x);
std::string_view to_string(tls_role x);
std::string_view to_string(tls_version x);
std::string_view to_string(tls_session x);
std::string_view to_string(resumption_role x);
std::string_view to_string(resumption_result x);
std::string_view to_string(identity_method x);
std::string_view to_string(trust_violation x);
std::string_view to_string(unverified_outcome x);
std::string_view to_string(listener_kind x);
std::string_view to_string(connection_limit x);
std::string_view to_string(takeover_result x);
std::string_view to_string(actor_kind x);
std::string_view to_string(reload_result x);

/// How many enumerators a label's enum has; they count from 0 without gaps.
template <class Enum>
inline constexpr size_t label_count = 0;

template <>
inline constexpr size_t label_count<failure> = failure_count;
template <>
inline constexpr size_t label_count<stanza_kind> = 4;
template <>
inline constexpr size_t label_count<stream_leg> = 5;
template <>
inline constexpr size_t label_count<stanza_direction> = 2;
template <>
inline constexpr size_t label_count<stream_state> = 2;
template <>
inline constexpr size_t label_count<stream_tls> = 2;
template <>
inline constexpr size_t label_count<negotiation_result> = 2;
template <>
inline constexpr size_t label_count<dialback_role> = 3;
template <>
inline constexpr size_t label_count<dialback_result> = 4;
template <>
inline constexpr size_t label_count<question_stream> = 3;
template <>
inline constexpr size_t label_count<dns_method> = 5;
template <>
inline constexpr size_t label_count<dns_result> = 6;
template <>
inline constexpr size_t label_count<dns_step> = 3;
template <>
inline constexpr size_t label_count<dns_view_result> = 8;
template <>
inline constexpr size_t label_count<connect_result> = 5;
template <>
inline constexpr size_t label_count<reply_result> = 2;
template <>
inline constexpr size_t label_count<tls_role> = 2;
template <>
inline constexpr size_t label_count<tls_version> = 2;
template <>
inline constexpr size_t label_count<tls_session> = 2;
template <>
inline constexpr size_t label_count<resumption_role> = 2;
template <>
inline constexpr size_t label_count<resumption_result> = 2;
template <>
inline constexpr size_t label_count<identity_method> = 6;
template <>
inline constexpr size_t label_count<trust_violation> = 2;
template <>
inline constexpr size_t label_count<unverified_outcome> = 3;
template <>
inline constexpr size_t label_count<path_status> = path_status_count;
template <>
inline constexpr size_t label_count<listener_kind> = 3;
template <>
inline constexpr size_t label_count<connection_limit> = 3;
template <>
inline constexpr size_t label_count<takeover_result> = 2;
template <>
inline constexpr size_t label_count<actor_kind> = 7;
template <>
inline constexpr size_t label_count<reload_result> = 2;

} // namespace fedhub
