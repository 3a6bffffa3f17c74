// The receiving server's side of an S2S stream, and the authoritative server's answers on it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/certificate/identity_proof.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/proof_method.hpp"
#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/negotiation/dialback_element.hpp"
#include "protocol/negotiation/external_exchange.hpp"
#include "protocol/negotiation/unknown_elements.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// The rights of an incoming stream, decided by its owner.
class incoming_policy {
public:
  virtual ~incoming_policy() = default;

  /// Returns whether the hub serves this domain on this listener: for peers from the world a local
  /// domain; for a trusted node any domain, since the node reaches the world through the hub.
  virtual bool serves(const domain_name& to) const = 0;
  /// Returns `failure::none`, or why no stanza of this pair is accepted (`domain_denied`,
  /// `federation_disabled`). Called when the peer sends a key.
  virtual failure admits(const domain_pair& pair) const = 0;
  /// Returns whether the sender domain needs no verification: a trusted node speaks for its own
  /// domain.
  virtual bool trusted(const domain_name& sender) const = 0;
  /// Returns whether the hub answers for `sender` as authoritative server on this stream.
  virtual bool authoritative(const domain_name& sender) const = 0;
  /// Returns whether the peer's certificate proves this domain. Called on TLS only. The result may
  /// change when rules or revocation lists change.
  virtual identity_proof proof(const domain_name& sender) const = 0;
  /// Returns whether dialback alone proves this domain. If not, its keys are answered by the typed
  /// error `policy-violation`, unless a certificate proves it.
  virtual bool dialback_enough(const domain_name& sender) const = 0;
  /// Returns `dialback_enough` for a domain that was accepted before. Neither counts nor logs.
  virtual bool dialback_stands(const domain_name& sender) const { return dialback_enough(sender); }
  /// Returns, while the rules change, whether the server that answers for the sender's keys is the
  /// same by the old and the new rules.
  virtual bool same_authority(const domain_name& /*sender*/) const { return true; }
};

/// Negotiates one incoming stream: header, features, STARTTLS, SASL EXTERNAL, dialback in the
/// receiving and in the authoritative role, several domain pairs. Does no I/O and owns no timer.
///
///     await_header -> negotiating -> await_tls -> await_secure_header -> secured
///                     (stays here without STARTTLS)                      (stays here without SASL)
///                                                                           |
///                            authenticated <- await_authenticated_header <--+
///
/// A stream over direct TLS begins with await_secure_header.
///
/// Decisions that the specifications leave open:
/// - A header without `to` is accepted; its answer says `fallback_from`. A higher version is
///   answered by "1.0" (RFC 6120 §4.7.5). A malformed version is answered by `unsupported_version`.
/// - A peer from before XMPP 1.0 gets neither `version` nor features. If TLS is required, that ends
///   the stream.
/// - If TLS is required, a key or a question in clear text ends the stream with `policy-violation`.
///   Otherwise a peer that does not read could make the hub produce any number of answers.
/// - STARTTLS after dialback has begun is refused: proofs from clear text would have to be
///   forgotten (RFC 6120 §5.4.3.3).
/// - Octets after `<starttls/>`, or after the element that completes SASL, end the stream with
///   `policy-violation`: they were sent in the layer that the element ends.
/// - An invalid key ends the stream (XEP-0220 §2.2.1), unless it carries or verifies other pairs.
///   Then the answer is the typed error `forbidden`, and the other pairs keep their stream
///   (§2.1.2).
/// - EXTERNAL is offered on TLS if the certificate proves the header's `from`, and the pair of the
///   header is admitted. A failed attempt leaves dialback possible (XEP-0178 §3).
/// - After EXTERNAL the header's `from` must be the authenticated domain. Its pair with the
///   header's `to` is authorised at once. If there is no `to`, keys must name the target domains.
///   Keys that were being verified are forgotten, since they were made for the id of the previous
///   stream.
/// - A key for a sender domain that the certificate proves needs no verification (XEP-0344).
/// - A pair that is being verified is not verified twice: the further key is ignored, and one
///   answer follows. A key of an authorised pair is answered `valid` at once.
/// - Answers (a `type` attribute) are never legal here, since the hub asks nothing on this stream.
///   They end the stream (XEP-0220 §4.1).
/// - Elements of specifications that the hub does not implement are ignored, up to
///   `unknown_elements::most`.
/// - `<bidi/>` makes the stream bidirectional, on TLS if TLS is required, until a pair is
///   authorised. A later `<bidi/>` is ignored: the reverse direction has or will have a stream of
///   its own, so nothing is lost.
class incoming_stream {
public:
  enum class phase : uint8_t {
    await_header,
    negotiating, ///< the header was answered; STARTTLS or dialback may come.
    await_tls,
    await_secure_header,
    secured, ///< like `negotiating`, on TLS; SASL may come.
    await_authenticated_header,
    authenticated, ///< like `secured`, after SASL.
    closed,
  };

  struct options {
    stream_security security = stream_security::tls_required;
    bool tls_available = true; ///< whether to offer STARTTLS.
    domain_name fallback_from; ///< `from` of the answer if the peer names no `to`; may be empty.
    bool direct_tls = false;   ///< the stream begins on TLS (XEP-0368).
    bool bidi = false;         ///< whether to offer bidirectional streams (XEP-0288).
    /// Whether to offer stream management (XEP-0198) once SASL has authenticated the peer. The
    /// owner handles its elements.
    bool management = false;
    stream_limits limits = {}; ///< announced to the peer (XEP-0478).
  };

  /// The greatest number of pending verifications on one stream. Each is a question to another
  /// server, which a peer that has proved nothing makes the hub ask. Further keys are answered by
  /// the typed error `resource-constraint`.
  static constexpr size_t max_pending_pairs = 32;
  /// The greatest number of pairs on one stream. A host with many domains that talks to many of the
  /// hub's domains stays well below it. The limit bounds the memory that a peer with a wildcard in
  /// DNS can make the hub use.
  static constexpr size_t max_authorised_pairs = 4096;

  /// @param policy, keys outlive the machine. The machine makes the stream ids, a new one for each
  /// header.
  incoming_stream(options opts, const incoming_policy& policy, const dialback_keys& keys);

  /// @name Events. An event that is illegal in this phase closes the stream with the RFC's
  /// condition; in `closed` all return nothing.
  /// @{
  stream_actions on_header(const stream_header& received);
  stream_actions on_element(const element_received& received);
  /// Processes an element that exceeds a limit. If the machine would have to read it, the stream is
  /// closed with `policy_violation`. Any other is ignored like an unknown element.
  stream_actions on_excess(const excess_received& element);
  stream_actions on_tls_established();
  /// Processes the answer to `verify_key`. `failure` says why there is none; then `outcome` is
  /// `error`. Ignored if the pair is not pending or `stream_id` is not this stream's: then the
  /// answer is for a stream that no longer exists.
  stream_actions on_verified(const domain_pair& pair, const std::string& stream_id,
                             dialback_outcome outcome, failure why, std::string_view detail);
  stream_actions on_stream_end();
  /// Sends the error to the peer (after a header of the hub's own if none was sent yet, RFC 6120
  /// §4.9.1.2) and closes. Sends nothing while octets cannot reach the peer: between `<proceed/>`
  /// and the end of the TLS handshake.
  /// @param detail UTF-8 without control characters: the peer reads it too.
  /// @param application child of the stream error (RFC 6120 §4.9.4); may be empty.
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application = {});
  stream_actions close(failure why = failure::none);
  /// @}

  /// Returns whether stanzas of this pair are accepted. If not, `refusal` gives the error to end
  /// the stream with.
  bool authorised(const domain_pair& pair) const { return find(pair) != nullptr; }
  /// Returns whether stanzas of this pair may be sent here (`pair.from` is local): the stream is
  /// bidirectional, and the reverse pair is authorised.
  bool sends(const domain_pair& pair) const;
  /// Returns an authorised pair with this sender domain; null if there is none.
  const domain_pair* pair_of(const domain_name& from) const;
  /// Returns an authorised pair with the same domains by IDNA2003 (`same_under_either`; an empty
  /// `to` matches any); null if there is none.
  const domain_pair* same_pair(const domain_pair& pair) const;
  /// Returns the stream error for a stanza of a pair that is not authorised: `not_authorized` if
  /// the stream has proved nothing yet, `host_unknown` if the hub does not serve the target, else
  /// `invalid_from`.
  /// @pre the pair is not authorised.
  stream_error refusal(const domain_pair& pair) const;

  /// Makes and checks keys with other secrets from now on. @param keys outlives the machine.
  void use(const dialback_keys& keys) { keys_ = &keys; }

  /// Judges every pair again by the policy's present answers, with the method that proved it. Keys
  /// under verification that would not be accepted now are answered by the typed error
  /// `policy-violation`, and the results of their verification are ignored.
  /// @param security as the present rules require for this peer.
  /// @returns the answers. `taken` says why one of the authorised pairs is not valid any more, or
  ///          why dialback that has begun cannot go on. Then the owner must end the stream.
  review on_rules(stream_security security);
  /// Returns whether an authorised pair would be authorised now.
  bool stands(const domain_pair& pair) const;

  /// Sets the security mode for this peer, once its header has named it. Call it before the
  /// header's event, or not at all.
  void security(stream_security mode) { opts_.security = mode; }

  /// Calls `f` for every authorised pair, in their order.
  template <class F>
  void for_each_authorised(F f) const {
    for (const auto& entry : grants_)
      f(entry.pair);
  }

  /// Returns the number of keys under verification, at most `max_pending_pairs`.
  size_t questions_pending() const { return pending_.size(); }
  phase state() const { return phase_; }
  bool secured() const { return secured_; }
  bool bidi() const { return bidi_; } ///< the peer asked for a bidirectional stream.
  bool authenticated() const { return !grants_.empty(); } ///< at least one pair is authorised.
  /// Returns the id in the last header sent; before that, of the one to be sent.
  const std::string& stream_id() const { return stream_id_; }
  /// Return the domains that the last header named; either may be empty.
  const domain_name& from() const { return from_; }
  const domain_name& to() const { return to_; }
  /// Returns the peer's domain: the first authorised sender, else `from` of the header; may be
  /// empty.
  const std::string& peer_name() const { return peer_.str(); }

private:
  /// An authorised pair, and the method that proved it.
  struct grant {
    domain_pair pair;
    proof_method how;
  };

  std::string header(std::string_view from, std::string_view to, bool version) const;
  std::string features() const;
  bool offers_starttls() const;
  /// Returns whether the peer may still request a bidirectional stream.
  bool bidi_possible() const;
  /// Returns whether the security of the stream suffices for dialback.
  bool dialback_possible() const;
  /// @param followed see `element_received`.
  stream_actions on_starttls(bool followed);
  stream_actions on_bidi(const stream_element::node& element);
  /// Returns the facts on which EXTERNAL decides.
  external_context sasl_context() const;
  stream_actions on_sasl(const stream_element::node& element, bool followed);
  stream_actions on_dialback(const stream_element::node& element);
  stream_actions on_key(const dialback_element& element);
  /// Returns how the sender domain is proved without asking its server; nothing if it is not.
  std::optional<proof_method> proof_without_question(const domain_name& sender) const;
  stream_actions on_verify_request(const dialback_element& element);
  void authorise(const domain_pair& pair, proof_method how, stream_actions& out);
  const grant* find(const domain_pair& pair) const;
  /// Returns why a pair that was proved by this method would be refused now.
  revocation judge(const domain_pair& pair, proof_method how) const;
  bool asks_for_bidi(std::string_view namespace_uri, std::string_view local_name) const;
  stream_actions unexpected(std::string_view what);
  /// Writes `last_words` and the footer, and closes.
  stream_actions end(std::string last_words, close_stream how);

  options opts_;
  const incoming_policy& policy_;
  const dialback_keys* keys_;
  phase phase_ = phase::await_header;
  bool secured_ = false;
  bool bidi_ = false;
  bool asked_ = false;             ///< the peer asked about a key of the hub, and was answered.
  failure denied_ = failure::none; ///< why the policy last refused a pair.
  bool xmpp_1_ = false;            ///< the version of the peer's header is 1.0 or later.
  domain_name from_, to_;          ///< of the last header received; may be empty.
  external_receiver sasl_;
  unknown_elements unknown_;
  std::string stream_id_;
  domain_name peer_;
  std::vector<grant> grants_; ///< sorted by pair, without duplicates; nearly always one or two.
  std::map<domain_pair, dialback_element> pending_; ///< keys under verification.
};

std::string_view to_string(incoming_stream::phase phase);

} // namespace fedhub
