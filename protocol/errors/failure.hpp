// One name for one fault, everywhere: log word, metric label, text of the stanza error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/errors/stanza_error.hpp"

namespace fedhub {

/// Why a stanza could not be passed on or a stream could not be had: the stage that failed and the
/// cause.
enum class failure : uint8_t {
  none,
  // policy: nothing was tried
  federation_disabled, ///< `federation.enabled = false`.
  domain_denied,       ///< privacy mode.
  // dns
  dns_not_found,  ///< the name does not exist or has neither SRV nor addresses.
  dns_no_service, ///< SRV target "." (RFC 2782).
  dns_failed,     ///< SERVFAIL, REFUSED, malformed answers.
  dns_timeout,
  address_refused, ///< only loopback, private or link-local addresses, and they are not allowed.
  // connect
  connect_refused,
  connect_timeout,
  connect_unreachable, ///< any other connect error.
  // stream
  stream_timeout,      ///< connected, but the negotiation did not end in time.
  stream_refused,      ///< the peer answered with a stream error.
  stream_closed,       ///< the peer closed or cut the stream.
  stream_invalid,      ///< the peer sent what RFC 6120 does not allow.
  acknowledge_timeout, ///< the peer stopped acknowledging (XEP-0198).
  unconfirmed,         ///< written, and the stream ended before the peer's TCP had it.
  // tls
  tls_not_offered,     ///< required here, not offered there.
  tls_refused,         ///< required there, not allowed here (`security_mode = "no-tls"`).
  tls_failed,          ///< the handshake failed, or the peer answered `<failure/>`.
  certificate_refused, ///< the peer's certificate does not prove its domain, and must.
  external_refused,    ///< the peer refused the hub's certificate, and there is no other way.
  // dialback
  dialback_not_offered,
  dialback_refused, ///< type='invalid'.
  dialback_error,   ///< type='error', e.g. item-not-found.
  dialback_timeout,
  // queue
  queue_full,
  queue_timeout,
  memory_full,
  stalled, ///< the destination stopped reading.
  // node
  node_unavailable, ///< no live link of a component domain.
  node_rejected,
  // hub
  shutting_down,
  // stanza
  bad_address, ///< `to` or `from` is no JID, or is missing.
  stanza_too_large,
  mixed_namespaces, ///< it can't be moved to another stream: see `mixes_content_namespaces`.
  new_names,        ///< the same: `passage_obstacle::new_names`.
  wrong_namespace,  ///< it is in `jabber:client`, or that of another kind of stream.
  odd_namespace,    ///< the same: `passage_obstacle::odd_namespace`.
};

inline constexpr size_t failure_count = static_cast<size_t>(failure::odd_namespace) + 1;

/// "dns", "connect", "tls", …: the stage as metric label.
std::string_view stage_of(failure x);
/// The fault's own name with dashes, e.g. "dns-not-found": metric label and log word.
std::string_view to_string(failure x);
/// A sentence part for people, e.g. "no such domain in DNS".
std::string_view describe(failure x);
/// The stanza error that tells the sender (RFC 6120 §8.3.3).
stanza_error condition_of(failure x);

} // namespace fedhub
