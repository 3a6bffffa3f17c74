// One name for each fault, everywhere: log word, metric label, text of the stanza error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/errors/stanza_error.hpp"

namespace fedhub {

/// Why a stanza could not be passed on or a stream could not be established: the stage that failed
/// and the cause.
enum class failure : uint8_t {
  none,
  // policy: no attempt was made
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
  connect_unreachable, ///< any other error of the connect.
  // stream
  stream_timeout,      ///< connected, but the negotiation did not end in time.
  stream_refused,      ///< the peer answered with a stream error.
  stream_closed,       ///< the peer closed or cut the stream.
  stream_invalid,      ///< the peer broke RFC 6120.
  acknowledge_timeout, ///< the peer stopped acknowledging (XEP-0198).
  unconfirmed,         ///< written, but the stream ended before the peer's TCP acknowledged it.
  // tls
  tls_not_offered,     ///< the hub requires TLS, and the peer does not offer it.
  tls_refused,         ///< the peer requires TLS, and `security_mode = "no-tls"` forbids it.
  tls_failed,          ///< the handshake failed, or the peer answered `<failure/>`.
  certificate_refused, ///< the peer's certificate must prove its domain, and does not.
  external_refused,    ///< the peer refused the hub's certificate and offers no other way.
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
  bad_address, ///< `to` or `from` is missing or is no JID.
  stanza_too_large,
  mixed_namespaces, ///< see `mixes_content_namespaces`: no other stream can take the stanza.
  new_names,        ///< see `passage_obstacle::new_names`: no other stream can take the stanza.
  wrong_namespace, ///< the stanza is in `jabber:client` or the namespace of another kind of stream.
  odd_namespace,   ///< see `passage_obstacle::odd_namespace`: no other stream can take the stanza.
};

inline constexpr size_t failure_count = static_cast<size_t>(failure::odd_namespace) + 1;

/// Returns the stage as metric label: "dns", "connect", "tls", …
std::string_view stage_of(failure why);
/// Returns the fault's own name with dashes, e.g. "dns-not-found": metric label and log word.
std::string_view to_string(failure why);
/// Returns a sentence part for people, e.g. "no such domain in DNS".
std::string_view describe(failure why);
/// Returns the stanza error that reports the failure to the sender (RFC 6120 §8.3.3).
stanza_error condition_of(failure why);

} // namespace fedhub
