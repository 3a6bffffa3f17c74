// The actions of the stream state machines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/errors/failure.hpp"
#include "protocol/errors/sasl_failure.hpp"
#include "protocol/errors/stream_error.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/dialback_step.hpp"
#include "protocol/events/proof_method.hpp"
#include "protocol/events/sasl_step.hpp"
#include "protocol/events/stream_limits.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Write these octets.
struct send_xml {
  std::string xml;
};

/// Read no further, write pending octets, then start the TLS handshake: as TLS server on an
/// incoming stream, as TLS client on an outgoing one. Report `on_tls_established`. Octets that the
/// peer sent before the handshake are the peer's fault: report `fail` (RFC 6120 §5.4.3.3).
struct start_tls {};

/// Reset the scanner, since a new stream header is expected (RFC 6120 §4.3.3).
struct restart_stream {
  /// Read nothing until pending octets are written. Octets that the peer sent earlier are a fault,
  /// as for `start_tls`. False after TLS, where the handshake has already separated the layers.
  bool after_sasl = false;
};

/// Outgoing: the stream is negotiated, and pairs can be authorised. Incoming: the headers were
/// exchanged; repeated after TLS and after SASL.
struct stream_ready {};

/// Receiving server: ask the authoritative server of `pair.from` about this key, then report
/// `on_verified` (XEP-0220 §2.1.2).
struct verify_key {
  domain_pair pair;      ///< from: the sender domain to prove; to: the local target domain.
  std::string stream_id; ///< of the incoming stream.
  std::string key;
};

/// Incoming: stanzas of this pair are accepted from now on. Outgoing: they may be sent from now on.
struct pair_authorised {
  domain_pair pair;
  proof_method how = proof_method::dialback;
};

/// Incoming, bidirectional (XEP-0288): stanzas of this pair may be sent on the stream from now on.
/// The pair is the reverse of one just authorised.
struct reverse_authorised {
  domain_pair pair; ///< from: the local domain; to: the remote one.
};

/// Outgoing: this pair cannot be authorised on this stream.
struct pair_refused {
  domain_pair pair;
  failure why = failure::none;
  std::string detail;        ///< e.g. the condition of the peer's typed error; may be empty.
  bool unknown_host = false; ///< the peer does not serve the target, at least not by this name.
};

/// Outgoing: the authoritative server's answer to a verification that was asked of the stream.
struct key_answered {
  domain_pair pair; ///< from: sender domain; to: target domain, as in `verify_key`.
  std::string stream_id;
  std::string key;
  dialback_outcome outcome = dialback_outcome::error;
  std::string condition; ///< of a typed error; may be empty.
};

/// Incoming: the policy accepts no stanza of this pair. A typed error informed the peer. For the
/// log only.
struct pair_denied {
  domain_pair pair;
  failure why = failure::none;
};

/// A step of dialback, for log and metrics only.
struct dialback_seen {
  bool sent = false; ///< false: received.
  dialback_step step = dialback_step::key;
  dialback_outcome outcome = dialback_outcome::none;
  domain_pair pair;      ///< from: sender domain; to: target domain.
  std::string stream_id; ///< empty if the step names none.
  std::string key;       ///< empty if the step carries none; shorten before showing.
};

/// The limits that the peer announces for this stream (XEP-0478). The value 0 announces no limit.
/// Repeated if the peer announces other limits later. Incoming: only if the stream is
/// bidirectional.
struct peer_limits : stream_limits {};

/// A step of SASL, for log and metrics only.
struct sasl_seen {
  bool sent = false; ///< false: received.
  sasl_step step = sasl_step::auth;
  sasl_failure why = sasl_failure::not_authorized; ///< of the step `failure`.
  std::string detail = {};                         ///< of the step `failure`; may be empty.
};

/// A component proved that it is this node, an index into the machine's candidates.
struct component_authenticated {
  size_t candidate = 0;
};

/// The stream is over. An earlier `send_xml` holds the last words to the peer (error, footer).
/// Write them, then close the connection.
struct close_stream {
  stream_error error = stream_error::none; ///< sent by the hub; `none` at an orderly end.
  failure why = failure::none;             ///< the failure of stanzas that waited for the stream.
  std::string detail; ///< for the log, e.g. the peer's stream error and its text.
  /// Outgoing: the text of the peer's `<see-other-host/>`, for `parse_see_other_host`. Usually
  /// empty.
  std::string redirect = {};
  bool unknown_host = false; ///< outgoing: the peer does not serve the target by this name.
  /// Outgoing: the peer ended the stream instead of answering EXTERNAL. The end may be its answer,
  /// or chance.
  bool external_unanswered = false;
};

using stream_action =
  std::variant<send_xml, start_tls, restart_stream, stream_ready, verify_key, pair_authorised,
               reverse_authorised, pair_refused, pair_denied, key_answered, peer_limits,
               dialback_seen, sasl_seen, component_authenticated, close_stream>;

/// Actions to be run in order.
using stream_actions = std::vector<stream_action>;

/// Makes a list of actions by moving. An initialiser list would copy.
template <class... Ts>
stream_actions actions_of(Ts&&... xs) {
  stream_actions all;
  all.reserve(sizeof...(xs));
  (all.emplace_back(std::forward<Ts>(xs)), ...);
  return all;
}

inline void append(stream_actions& all, stream_actions more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

} // namespace fedhub
