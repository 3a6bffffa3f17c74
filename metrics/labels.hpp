// The values of metric labels: fixed sets, never a peer's domain, address or JID.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/certificate/certificate_path.hpp"
#include "protocol/errors/failure.hpp"
#include "protocol/errors/stanza_error.hpp"
#include "protocol/stanza/stanza_kind.hpp"

namespace fedhub {

/// The kind of a stream, as the hub sees it.
enum class stream_leg : uint8_t {
  s2s_in,         ///< a remote domain's stream to the hub.
  s2s_out,        ///< the hub's stream to a remote domain.
  node_component, ///< a component node's link (XEP-0114).
  node_s2s_in,    ///< an s2s node's own stream to the hub.
  node_s2s_out,   ///< the hub's stream to an s2s node.
};

/// Where a stanza comes from. It keeps its direction until it ends: a stanza from one node to
/// another always counts as `from_node`.
enum class stanza_direction : uint8_t { from_world, from_node };

/// Returns the direction of the stanzas that such a stream brings in.
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

/// How a negotiation ended. Another metric counts the stage that failed.
enum class negotiation_result : uint8_t { ok, failed };

/// The role of the hub (XEP-0220 §1.2).
enum class dialback_role : uint8_t { initiating, receiving, authoritative };
enum class dialback_result : uint8_t {
  valid,
  invalid,
  error,   ///< a typed error, or the stream failed meanwhile.
  timeout, ///< no answer within `timeouts.dialback`.
};
/// The stream on which a question about a key was sent.
enum class question_stream : uint8_t {
  own,      ///< the stream of the domain that the question is about.
  shared,   ///< another domain's stream to the same server (XEP-0220 §2.6.2).
  fallback, ///< its own stream, after the shared one gave no answer.
};

/// How the servers of a domain were found. Names and order are those of `resolve_method`.
enum class dns_method : uint8_t { srv, address, static_route, literal, cache };
enum class dns_result : uint8_t {
  found,
  not_found,
  no_service, ///< SRV target ".".
  failed,     ///< SERVFAIL, REFUSED, malformed answers.
  timeout,
  refused, ///< the domain has only addresses that must not be connected to.
};
enum class dns_step : uint8_t { srv, address, total };

/// Returns the result for a resolution's failure; `failed` for a failure that no resolution has.
constexpr dns_result dns_result_of(failure why) {
  switch (why) {
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

/// The outcome of a question to the nodes' DNS view.
enum class dns_view_result : uint8_t {
  answered,    ///< the hub answered: the SRV record of a domain, or the address of `dns_view.name`.
  no_data,     ///< the hub answered: there is no such record.
  forwarded,   ///< an upstream server's answer was passed on.
  failed,      ///< no upstream server answered: SERVFAIL.
  malformed,   ///< FORMERR; no answer if it is unknown whom to answer.
  refused,     ///< NOTIMP, BADVERS, REFUSED: the view does not support it.
  limited,     ///< too many a second from the address: no answer by UDP, a later one by TCP.
  not_allowed, ///< no answer: the address is not in `dns_view.allow`.
};

/// The outcome of an attempt to connect to one address. One stream may need several (RFC 8305).
enum class connect_result : uint8_t {
  connected,
  refused,
  timeout,
  unreachable, ///< any other error.
  cancelled,   ///< another address was connected first.
};

/// The outcome of a stanza error that the hub made.
enum class reply_result : uint8_t {
  sent,
  dropped, ///< it could not be delivered; it is not answered (RFC 6120 §8.3.1).
};

enum class tls_role : uint8_t { server, client };
enum class tls_version : uint8_t { tls_1_2, tls_1_3 };
/// Whether a handshake made new keys from certificates, or resumed an earlier session.
enum class tls_session : uint8_t { fresh, resumed };

/// The side that opened the stream to be resumed (XEP-0198): the hub or a peer.
enum class resumption_role : uint8_t { initiating, receiving };
enum class resumption_result : uint8_t {
  resumed,
  refused, ///< stanzas that are not known to have arrived are sent again.
};

/// How the peer has proved its domain.
enum class identity_method : uint8_t {
  none, ///< not at all: an outgoing stream to a peer that only DNS names.
  pkix, ///< a certificate with a path to a trusted CA.
  dane, ///< a certificate that DNSSEC-signed TLSA records name.
  pin,  ///< a key that the configuration names.
  dialback,
  configured, ///< a node that the operator configured.
};
/// The consequence for a peer without the proof that the trust rules require.
enum class trust_violation : uint8_t { refused, reported };

/// The consequence for a stream to a server whose certificate proves nothing
/// (`federation.require_verified`).
enum class unverified_outcome : uint8_t { let_pass, reported, refused };

enum class listener_kind : uint8_t { s2s, s2s_direct_tls, nodes };
/// The limit by which an incoming connection was refused.
enum class connection_limit : uint8_t {
  total,   ///< `limits.connections`
  address, ///< `limits.connections_per_address`
  rate,    ///< `limits.accepts_per_second`
};

/// The outcome of a component's claim to a node that has a link.
enum class takeover_result : uint8_t {
  granted, ///< the component is the node's link now.
  refused, ///< the node's links replace each other too often.
};

/// What needs a person (see docs/operations.md, "Notifications").
enum class notification_kind : uint8_t {
  certificate,    ///< one of the hub's expires soon, or has expired.
  uncovered,      ///< no certificate names a local domain.
  node_down,      ///< a node can't be reached.
  node_contested, ///< two processes take a component node from each other.
  partner,        ///< a partner has failed for a while.
  refusals,       ///< connections are refused because of a limit.
  configuration,  ///< the configuration on disk is not in force.
  log_lines,      ///< log lines were lost.
  lost_events,    ///< the history misses events.
  dns,            ///< name servers do not answer.
  clock,          ///< the system's clock is not synchronised.
  open_files,     ///< the limit of open files is near.
  unverified,     ///< remote servers prove nothing by their certificate.
};
enum class notification_severity : uint8_t {
  warning,
  error, ///< stanzas are lost or refused, or will be within two days.
};

enum class actor_kind : uint8_t {
  listener,
  connection,
  domain,
  verifier,
  node,
  router,
  other, ///< resolver, supervisor, and all other actors of which there is one.
};

enum class reload_result : uint8_t { applied, rejected };

/// Returns the label value of an enumerator: its name above, with dashes where `protocol/` uses
/// them. TLS versions are "1.2" and "1.3".
std::string_view to_string(stream_leg leg);
std::string_view to_string(stanza_direction direction);
std::string_view to_string(stream_state stream);
std::string_view to_string(stream_tls tls);
std::string_view to_string(negotiation_result result);
std::string_view to_string(dialback_role role);
std::string_view to_string(dialback_result result);
std::string_view to_string(question_stream stream);
std::string_view to_string(dns_method method);
std::string_view to_string(dns_result result);
std::string_view to_string(dns_step step);
std::string_view to_string(dns_view_result result);
std::string_view to_string(connect_result result);
std::string_view to_string(reply_result result);
std::string_view to_string(tls_role role);
std::string_view to_string(tls_version version);
std::string_view to_string(tls_session session);
std::string_view to_string(resumption_role role);
std::string_view to_string(resumption_result result);
std::string_view to_string(identity_method method);
std::string_view to_string(trust_violation violation);
std::string_view to_string(unverified_outcome outcome);
std::string_view to_string(listener_kind kind);
std::string_view to_string(connection_limit limit);
std::string_view to_string(takeover_result result);
std::string_view to_string(notification_kind kind);
std::string_view to_string(notification_severity severity);
std::string_view to_string(actor_kind kind);
std::string_view to_string(reload_result result);

/// The number of enumerators of a label's enum. They count from 0 without gaps.
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
inline constexpr size_t label_count<notification_kind> = 13;
template <>
inline constexpr size_t label_count<notification_severity> = 2;
template <>
inline constexpr size_t label_count<actor_kind> = 7;
template <>
inline constexpr size_t label_count<reload_result> = 2;

} // namespace fedhub
