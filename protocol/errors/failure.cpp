#include "protocol/errors/failure.hpp"

#include <array>

namespace fedhub {

namespace {

struct entry {
  failure code;
  std::string_view stage;
  std::string_view name;
  std::string_view description;
  stanza_error condition;
};

using enum failure;

/// In the order of the enumeration, so that the failure is the index.
///
/// Conditions: RFC 6120 §8.3.3.16 is for domains that cannot be resolved, §8.3.3.17 for domains
/// that were resolved but cannot be reached. XEP-0220 §2.1.1 asks for `internal-server-error` after
/// an invalid key and `remote-server-timeout` after a dialback error.
constexpr std::array<entry, failure_count> table{{
  {none, "none", "none", "no failure", stanza_error::undefined_condition},
  {federation_disabled, "policy", "federation-disabled", "federation is switched off",
   stanza_error::service_unavailable},
  {domain_denied, "policy", "domain-denied", "communication with this domain is not allowed",
   stanza_error::not_allowed},
  {dns_not_found, "dns", "dns-not-found", "no such domain in DNS",
   stanza_error::remote_server_not_found},
  {dns_no_service, "dns", "dns-no-service", "the domain offers no XMPP service",
   stanza_error::remote_server_not_found},
  {dns_failed, "dns", "dns-failed", "DNS gave no usable answer",
   stanza_error::remote_server_timeout},
  {dns_timeout, "dns", "dns-timeout", "DNS did not answer in time",
   stanza_error::remote_server_timeout},
  {address_refused, "dns", "address-refused", "DNS gave addresses of private networks only",
   stanza_error::remote_server_not_found},
  {connect_refused, "connect", "connect-refused", "the server refused the connection",
   stanza_error::remote_server_timeout},
  {connect_timeout, "connect", "connect-timeout", "the server could not be reached in time",
   stanza_error::remote_server_timeout},
  {connect_unreachable, "connect", "connect-unreachable", "the server could not be reached",
   stanza_error::remote_server_timeout},
  {stream_timeout, "stream", "stream-timeout", "the stream negotiation did not end in time",
   stanza_error::remote_server_timeout},
  {stream_refused, "stream", "stream-refused", "the server answered with a stream error",
   stanza_error::remote_server_timeout},
  {stream_closed, "stream", "stream-closed", "the server closed the stream",
   stanza_error::remote_server_timeout},
  {stream_invalid, "stream", "stream-invalid", "the server broke the stream's protocol",
   stanza_error::remote_server_timeout},
  {acknowledge_timeout, "stream", "acknowledge-timeout", "the server stopped acknowledging stanzas",
   stanza_error::remote_server_timeout},
  {unconfirmed, "stream", "unconfirmed", "delivery unconfirmed",
   stanza_error::remote_server_timeout},
  {tls_not_offered, "tls", "tls-not-offered", "TLS is required, and the server does not offer it",
   stanza_error::remote_server_timeout},
  {tls_refused, "tls", "tls-refused", "the server requires TLS, which is switched off here",
   stanza_error::remote_server_timeout},
  {tls_failed, "tls", "tls-failed", "the TLS handshake failed",
   stanza_error::remote_server_timeout},
  {certificate_refused, "tls", "certificate-refused",
   "the server did not prove its domain by certificate", stanza_error::remote_server_timeout},
  {external_refused, "tls", "external-refused", "the server refused the certificate of the hub",
   stanza_error::remote_server_timeout},
  {dialback_not_offered, "dialback", "dialback-not-offered",
   "the server offers no way to authenticate the hub", stanza_error::remote_server_timeout},
  {dialback_refused, "dialback", "dialback-refused", "the server found the dialback key invalid",
   stanza_error::internal_server_error},
  {dialback_error, "dialback", "dialback-error", "the server could not verify the dialback key",
   stanza_error::remote_server_timeout},
  {dialback_timeout, "dialback", "dialback-timeout", "dialback did not end in time",
   stanza_error::remote_server_timeout},
  {queue_full, "queue", "queue-full", "the queue for this domain is full",
   stanza_error::resource_constraint},
  {queue_timeout, "queue", "queue-timeout", "the stanza waited too long for a stream",
   stanza_error::remote_server_timeout},
  {memory_full, "queue", "memory-full", "too many stanzas are waiting",
   stanza_error::resource_constraint},
  {stalled, "queue", "stalled", "the destination stopped reading",
   stanza_error::resource_constraint},
  {node_unavailable, "node", "node-unavailable", "no server of this domain is connected",
   stanza_error::service_unavailable},
  {node_rejected, "node", "node-rejected", "the server of this domain rejected the stanza",
   stanza_error::internal_server_error},
  {shutting_down, "hub", "shutting-down", "the hub is shutting down",
   stanza_error::service_unavailable},
  {bad_address, "stanza", "bad-address", "the address is not a JID", stanza_error::jid_malformed},
  {stanza_too_large, "stanza", "stanza-too-large", "the stanza is too large",
   stanza_error::policy_violation},
  {mixed_namespaces, "stanza", "mixed-namespaces",
   "the stanza has prefixes for the namespaces of both servers and components",
   stanza_error::bad_request},
  {new_names, "stanza", "new-names",
   "the stanza has a name that XML 1.0 allows only since its fifth edition",
   stanza_error::bad_request},
  {wrong_namespace, "stanza", "wrong-namespace",
   "the stanza is in the namespace of another kind of stream", stanza_error::bad_request},
  {odd_namespace, "stanza", "odd-namespace",
   "a namespace name in the stanza has a character that servers use as a separator",
   stanza_error::bad_request},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < table.size(); ++i)
    if (static_cast<size_t>(table[i].code) != i)
      return false;
  return true;
}
static_assert(in_order(), "one entry per failure, in the enumeration's order");

constexpr const entry& of(failure x) { return table[static_cast<size_t>(x)]; }

} // namespace

std::string_view stage_of(failure x) { return of(x).stage; }
std::string_view to_string(failure x) { return of(x).name; }
std::string_view describe(failure x) { return of(x).description; }
stanza_error condition_of(failure x) { return of(x).condition; }

} // namespace fedhub
