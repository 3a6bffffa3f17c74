// The initiating server's side of an S2S stream.
#pragma once

#include <optional>
#include <string>

#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/negotiation/dialback_element.hpp"
#include "protocol/negotiation/dialback_initiator.hpp"
#include "protocol/negotiation/external_exchange.hpp"
#include "protocol/negotiation/stream_features.hpp"
#include "protocol/negotiation/unknown_elements.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// Negotiates one outgoing stream to `target`: header, STARTTLS, SASL EXTERNAL for the sender
/// domain, dialback for any number of sender domains, and verification requests on behalf of
/// incoming streams. Does no I/O and owns no timer.
///
///     idle -> await_header -> await_features -> await_proceed -> await_tls --+
///                  |                |                                        |
///                  |        (no STARTTLS)      await_secure_header <---------+
///      (peer before XMPP 1.0)       |                   |
///                  |                |          await_secure_features -> await_sasl ----+
///                  |                |                   |                 |            |
///                  |                |        (no EXTERNAL)    (failure, then dialback) |
///                  |                |                   |                 |            |
///                  +----------------+----> ready <------+-----------------+            |
///                                           ^                                          |
///                await_authenticated_features <- await_authenticated_header <----------+
///
/// A stream over direct TLS begins with await_secure_header.
///
/// Rules for the peer that the drawing does not show:
/// - Its header's `from` is not compared with `target`: many servers answer for a hosted domain
///   with their own name. The peer's identity rests on DNS and dialback.
/// - Dialback begins if the features offer it or the header declares a prefix for it (XEP-0220
///   §2.4.1). Peers before XMPP 1.0 have only the latter.
/// - The peer need not offer dialback to a stream that EXTERNAL authenticated. Then other pairs are
///   refused and questions are answered by an error. Nothing is sent to the peer.
/// - The peer may end the stream after it refused EXTERNAL. This is the failure `external_refused`:
///   another stream, without EXTERNAL, may succeed. The same holds after a stream that ended
///   instead of an answer to EXTERNAL (`close_stream::external_unanswered`), but such an end can be
///   chance.
/// - Answers that match no question (by pair; by pair and id for `db:verify`) are ignored (XEP-0220
///   §4.1). They authorise nothing, and a late or repeated answer is no reason to lose the stream.
/// - Questions (`db:result` and `db:verify` with a key) and stanzas end the stream, since it has
///   one direction, unless it is bidirectional. Then stanzas of the reverse of each authorised pair
///   are accepted. The key of any other pair is answered by the typed error `policy-violation`: the
///   peer may open a stream of its own. Questions about keys are answered from the hub's own
///   secrets, as an authoritative server does.
/// - Elements of specifications that the hub does not implement are ignored, up to
///   `unknown_elements::most`.
/// - After `type='invalid'` the peer closes the stream (XEP-0220 §2.2.1). The machine leaves that
///   to the peer.
class outgoing_stream {
public:
  enum class phase : uint8_t {
    idle, ///< before `start`.
    await_header,
    await_features,
    await_proceed,
    await_tls,
    await_secure_header,
    await_secure_features,
    await_sasl,
    await_authenticated_header,
    await_authenticated_features,
    ready, ///< pairs can be authorised, and authorised pairs can send.
    closed,
  };

  struct options {
    domain_name sender = {}; ///< `from` of the stream header: the first sender domain.
    domain_name target = {};
    stream_security security = stream_security::tls_required;
    bool external = false;   ///< the hub has a certificate that covers `sender`: try SASL EXTERNAL.
    bool direct_tls = false; ///< the stream begins on TLS (XEP-0368).
    bool bidi = false;       ///< whether to request a bidirectional stream if offered (XEP-0288).
    stream_limits limits = {}; ///< announced to the peer with that request (XEP-0478).
  };

  /// @param keys outlives the machine.
  outgoing_stream(options opts, const dialback_keys& keys);

  /// Sends the header. Call once.
  stream_actions start();

  /// @name Events. An event that is illegal in this phase closes the stream with the RFC's
  /// condition; in `closed` all return nothing.
  /// @{
  stream_actions on_header(const stream_header& header);
  stream_actions on_element(const element_received& received);
  /// Processes an element that exceeds a limit. If the machine would have to read it, the stream is
  /// closed with `policy_violation`. Any other is ignored like an unknown element.
  stream_actions on_excess(const excess_received& element);
  stream_actions on_tls_established();
  /// Processes a stanza of a pair for which `takes` is false.
  stream_actions on_stanza();
  stream_actions on_stream_end();
  /// Sends the error to the peer if octets can still reach it, and closes: after a fault of the
  /// scanner, an exceeded limit, a timeout or a failed TLS handshake. With `stream_error::none`,
  /// sends only the footer.
  /// @param detail UTF-8 without control characters: the peer reads it too.
  /// @param application child of the stream error (RFC 6120 §4.9.4); may be empty.
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application = {});
  /// Returns the meaning of an end of the stream by the peer at this moment. `detail` says how the
  /// peer ended it.
  close_stream meaning_of_end(failure why, std::string_view detail) const;
  /// Ends the stream in order: sends the footer and closes.
  stream_actions close(failure why = failure::none);
  /// @}

  /// Requests that the pair be authorised: stanzas of `pair.from` to `pair.to`. Sends the key now,
  /// or as soon as the stream is ready. The pair that EXTERNAL authenticated needs no key. Answered
  /// once by `pair_authorised` or `pair_refused`; never answered if the stream closes first. A
  /// repeated request for a pending or authorised pair does nothing. A refused pair is tried again.
  /// `pair.to` may differ from `target` only if `dialback_errors` (XEP-0220 §2.6.2).
  stream_actions authenticate(const domain_pair& pair);

  /// Asks the authoritative server (this stream's target) about a key. Answered once by
  /// `key_answered`; never answered if the stream closes first. While the question is pending, the
  /// same question is not sent again: one answer is for all requests. Another key of the same pair
  /// and id is asked about afterwards, since answers name no key.
  stream_actions verify(const verify_key& request);

  /// Stops waiting for the answer to this question, so that a peer that never answers costs no
  /// memory.
  stream_actions forget(const verify_key& request);
  /// Stops waiting for the pair to be authorised. A late answer is ignored; `authenticate` sends
  /// the key again.
  /// @returns whether a key is on the wire.
  bool forget(const domain_pair& pair);

  /// Makes and checks keys with other secrets from now on. @param keys outlives the machine.
  void use(const dialback_keys& keys) {
    keys_ = &keys;
    dialback_.use(keys);
  }

  /// Requires this security from now on.
  /// @returns why the stream does not meet the requirement; `none` if it does.
  revocation on_rules(stream_security security);
  /// Calls `f` for every pair that is authorised or was requested, and for the pairs of other
  /// servers whose keys are being verified (from: the sender domain).
  template <class F>
  void for_each_pair(F f) const {
    dialback_.for_each_pair(f);
  }

  /// Calls `f` for every authorised pair, in no order.
  template <class F>
  void for_each_authorised(F f) const {
    dialback_.for_each_authorised(f);
  }

  phase state() const { return phase_; }
  bool authorised(const domain_pair& pair) const;
  /// Returns whether a stanza of this pair may come in (`pair.from` is remote). If not, `on_stanza`
  /// says how the stream ends.
  bool takes(const domain_pair& pair) const;
  /// Returns the reverse of a pair that it `takes`, with this target; null if there is none.
  const domain_pair* pair_to(const domain_name& target) const {
    return bidi_ && phase_ == phase::ready ? dialback_.authorised_for(target) : nullptr;
  }
  /// Returns the reverse of a pair that it `takes`, with the same domains by IDNA2003
  /// (`same_under_either`; an empty `to` matches any); null if there is none.
  const domain_pair* same_reverse_pair(const domain_pair& pair) const {
    return bidi_ && phase_ == phase::ready ? dialback_.same_pair({pair.to, pair.from}) : nullptr;
  }
  /// Returns whether the stream is bidirectional.
  bool bidi() const { return bidi_; }
  /// Returns whether the peer offers stream management (XEP-0198) after SASL.
  bool management_offered() const { return management_offered_; }
  bool secured() const { return secured_; }
  /// Returns whether a key or a verification is waiting for its answer.
  bool busy() const { return dialback_.busy(); }
  /// Returns whether the peer offered `<errors/>`. Then it answers for a domain that it does not
  /// serve without closing the stream (XEP-0220 §2.4.2).
  bool dialback_errors() const { return dialback_errors_; }
  const options& settings() const { return opts_; }
  /// Returns the id that the receiving server gave the (restarted) stream; empty before.
  const std::string& stream_id() const { return stream_id_; }

private:
  stream_actions send_header();
  stream_actions on_any_features(const stream_features& features);
  stream_actions on_features(const stream_features& features);
  stream_actions on_secure_features(const stream_features& features);
  /// @param followed see `element_received`.
  stream_actions on_starttls_answer(const stream_element::node& element, bool followed);
  stream_actions begin_external();
  stream_actions on_sasl(const stream_element::node& element, bool followed);
  stream_actions on_authenticated_features(const stream_features& features);
  stream_actions on_dialback(const stream_element::node& element);
  /// Handle questions that only the receiving server of a bidirectional stream may ask.
  stream_actions on_reverse_key(const dialback_element& element);
  stream_actions on_reverse_verify_request(const dialback_element& element);
  stream_actions on_peer_error(const stream_element::node& element);
  /// Stores what the features say about dialback, and reports the limits in them.
  stream_actions take_note(const stream_features& features);
  stream_actions report_limits(const stream_limits& limits);
  bool dialback_offered() const { return features_offer_dialback_ || header_declares_dialback_; }
  /// Enters `ready` if the peer offers dialback in the features or in the header.
  stream_actions begin_dialback();
  /// Enters `ready`, and sends the questions that were asked before.
  stream_actions become_ready();
  stream_actions restart(restart_stream how);
  /// Processes the end of the stream by the peer, with or without an error.
  stream_actions end_by_peer(failure why, std::string_view detail);
  stream_actions ask_for_bidi();
  stream_actions unexpected(std::string_view what);

  options opts_;
  const dialback_keys* keys_;
  phase phase_ = phase::idle;
  bool secured_ = false;
  bool bidi_ = false;
  bool management_offered_ = false;
  bool dialback_errors_ = false;
  bool features_offer_dialback_ = false;
  bool header_declares_dialback_ = false;
  stream_limits limits_; ///< of the peer, as last reported.
  std::optional<external_initiator> sasl_;
  /// The peer's reason for refusing EXTERNAL; empty once the peer has answered a key.
  std::string external_refusal_;
  std::string stream_id_;
  unknown_elements unknown_;
  dialback_initiator dialback_;
};

std::string_view to_string(outgoing_stream::phase phase);

} // namespace fedhub
