// The initiating server's side of an S2S stream.
#pragma once

#include <optional>
#include <string>

#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/negotiation/dialback_element.hpp"
#include "protocol/negotiation/dialback_initiator.hpp"
#include "protocol/negotiation/external_exchange.hpp"
#include "protocol/negotiation/stream_features.hpp"
#include "protocol/negotiation/unknown_elements.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// Negotiates one outgoing stream to `target`: header, STARTTLS, SASL EXTERNAL for the sender
/// domain, dialback for any number of them, and verification requests on behalf of incoming
/// streams. Does no I/O, owns no timer.
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
/// What a peer may do, beyond what the drawing says:
/// - Its header's `from` is not compared with `target`: many servers answer for a hosted domain by
/// their own name. Who
///   the peer is rests on DNS and dialback.
/// - Dialback goes ahead if the features offer it or the header declares a prefix for it (XEP-0220
/// §2.4.1); peers before
///   XMPP 1.0 have only the latter.
/// - It need not offer dialback to a stream that EXTERNAL authenticated. Other pairs are then
/// refused, and questions answered by an error, without being sent.
/// - It may end the stream after it refused EXTERNAL. That is the failure `external_refused`:
/// another stream, without EXTERNAL, may do better. So may one after a stream that ended instead of
/// an answer to EXTERNAL (`close_stream::external_unanswered`), but such an end can be chance.
/// - Answers that match no question (by pair; by pair and id for `db:verify`) are ignored: XEP-0220
/// §4.1. Nothing is
///   authorised by them, and a late or repeated one is no reason to lose the stream.
/// - Questions (`db:result` and `db:verify` with a key) and stanzas end the stream, since it is
/// one-way, unless it is bidirectional. Then stanzas of the reverse of each authorised pair are
/// taken. The key of any other is answered by the typed error `policy-violation`: the peer may open
/// a stream of its own. Questions about keys are answered from the hub's own, which is what an
/// authoritative server does.
/// - Elements that no specification of the hub's knows are ignored, up to `unknown_elements::most`.
/// - After `type='invalid'` the peer closes the stream by XEP-0220 §2.2.1; the machine leaves that
/// to it.
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
    ready, ///< pairs can be authorised, authorised ones can send.
    closed,
  };

  struct options {
    domain_name sender = {}; ///< `from` of the stream header: the first sender domain.
    domain_name target = {};
    stream_security security = stream_security::tls_required;
    bool external = false;   ///< the hub has a certificate that covers `sender`: try SASL EXTERNAL.
    bool direct_tls = false; ///< the stream begins on TLS (XEP-0368).
    bool bidi = false;       ///< ask for a bidirectional stream where it is offered (XEP-0288).
    stream_limits limits = {}; ///< told to the peer with it (XEP-0478).
  };

  /// @param keys outlives the machine.
  outgoing_stream(options opts, const dialback_keys& keys);

  /// Sends the header. Call once.
  stream_actions start();

  /// @name Events. One that is illegal in this phase closes the stream with the RFC's condition;
  ///       in `closed` all return nothing.
  /// @{
  stream_actions on_header(const stream_header& x);
  stream_actions on_element(const element_received& x);
  /// One that the machine would read closes the stream with `policy_violation`; any other is
  /// ignored as an unknown one is.
  stream_actions on_excess(const excess_received& x);
  stream_actions on_tls_established();
  /// A stanza came in that is not of a pair that `takes`.
  stream_actions on_stanza();
  stream_actions on_stream_end();
  /// The scanner failed, a limit or a time was passed, the TLS handshake failed: says so to the
  /// peer, where octets can still reach it, and closes. `stream_error::none`: only the footer is
  /// said.
  /// @param detail UTF-8 without control characters: the peer reads it too.
  /// @param application child of the stream error (RFC 6120 §4.9.4); may be empty.
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application = {});
  /// Returns what it means that the peer ends the stream now, by whatever `detail` says.
  close_stream meaning_of_end(failure why, std::string_view detail) const;
  /// Ends the stream in order: footer, close.
  stream_actions close(failure why = failure::none);
  /// @}

  /// Wants the pair authorised: stanzas of `pair.from` to `pair.to`. Sends the key now, or as soon
  /// as the stream is ready; needs none for the pair that EXTERNAL authenticated. Answered once by
  /// `pair_authorised` or `pair_refused`; never answered if the stream closes before. Asking again
  /// for a pair that is pending or authorised does nothing; a refused one is tried again. `pair.to`
  /// other than `target` only if `dialback_errors` (XEP-0220 §2.6.2).
  stream_actions authenticate(const domain_pair& pair);

  /// Asks the authoritative server (this stream's target) about a key. Answered once by
  /// `key_answered`; never answered if the stream closes before. The same question again, while it
  /// is pending, is not sent again: one answer is for all who asked. Another key of the same pair
  /// and id is asked about after it, since answers name no key.
  stream_actions verify(const verify_key& x);

  /// Nobody waits for the answer to this question any more: a peer that never answers is no reason
  /// to remember it.
  stream_actions forget(const verify_key& x);
  /// Nobody waits any more for the pair to be authorised. An answer that comes late is passed over;
  /// `authenticate` sends the key again. @returns whether a key is on the wire.
  bool forget(const domain_pair& pair);

  /// Makes and checks keys from another secret from now on. @param keys outlives the machine.
  void use(const dialback_keys& keys) {
    keys_ = &keys;
    dialback_.use(keys);
  }

  /// Demands this security from now on. @returns why the stream as it is does not do, if so.
  revocation on_rules(stream_security security);
  /// Calls `f` for every pair that is authorised or was asked for, and for those of others whose
  /// keys are asked about (from: the sender domain).
  template <class F>
  void for_each_pair(F f) const {
    dialback_.for_each_pair(f);
  }

  phase state() const { return phase_; }
  bool authorised(const domain_pair& pair) const;
  /// Whether a stanza of this pair may come in (`pair.from` is remote). If not, `on_stanza` tells
  /// what becomes of the stream.
  bool takes(const domain_pair& pair) const;
  /// The reverse of a pair that it `takes`, whose target is this; null if there is none.
  const domain_pair* pair_to(const domain_name& target) const {
    return bidi_ && phase_ == phase::ready ? dialback_.authorised_for(target) : nullptr;
  }
  /// The reverse of a pair that it `takes` and whose domains are these by IDNA2003
  /// (`same_under_either`; an empty `to` is any); null if there is none.
  const domain_pair* same_reverse_pair(const domain_pair& pair) const {
    return bidi_ && phase_ == phase::ready ? dialback_.same_pair({pair.to, pair.from}) : nullptr;
  }
  /// The stream is bidirectional.
  bool bidi() const { return bidi_; }
  /// The peer offers stream management (XEP-0198) after SASL.
  bool management_offered() const { return management_offered_; }
  bool secured() const { return secured_; }
  /// A key or a verification is waiting for its answer.
  bool busy() const { return dialback_.busy(); }
  /// The peer offered `<errors/>`: it answers a domain it does not serve without closing the stream
  /// (XEP-0220 §2.4.2).
  bool dialback_errors() const { return dialback_errors_; }
  const options& settings() const { return opts_; }
  /// The id that the receiving server gave the (restarted) stream; empty before.
  const std::string& stream_id() const { return stream_id_; }

private:
  stream_actions send_header();
  stream_actions on_any_features(const stream_features& x);
  stream_actions on_features(const stream_features& x);
  stream_actions on_secure_features(const stream_features& x);
  /// @param followed see `element_received`.
  stream_actions on_starttls_answer(const stream_element::node& x, bool followed);
  stream_actions begin_external();
  stream_actions on_sasl(const stream_element::node& x, bool followed);
  stream_actions on_authenticated_features(const stream_features& x);
  stream_actions on_dialback(const stream_element::node& x);
  /// What only the receiving server of a bidirectional stream may ask.
  stream_actions on_reverse_key(const dialback_element& x);
  stream_actions on_reverse_verify_request(const dialback_element& x);
  stream_actions on_peer_error(const stream_element::node& x);
  /// Keeps what the features say of dialback, and reports what they say of limits.
  stream_actions take_note(const stream_features& x);
  stream_actions report_limits(const stream_limits& x);
  bool dialback_offered() const { return features_offer_dialback_ || header_declares_dialback_; }
  /// Enters `ready` if the peer offers dialback in one way or the other.
  stream_actions begin_dialback();
  /// Enters `ready`, and asks what was asked before.
  stream_actions become_ready();
  stream_actions restart(restart_stream how);
  /// The peer ends the stream, be it by an error or not.
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
  stream_limits limits_; ///< the peer's, as last reported.
  std::optional<external_initiator> sasl_;
  std::string external_refusal_; ///< what the peer said when it refused EXTERNAL; empty once it has
                                 ///< answered a key.
  std::string stream_id_;
  unknown_elements unknown_;
  dialback_initiator dialback_;
};

std::string_view to_string(outgoing_stream::phase x);

} // namespace fedhub
