// The receiving server's side of an S2S stream, and the authoritative server's answers on it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/certificate/identity_proof.hpp"
#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/negotiation/dialback_element.hpp"
#include "protocol/negotiation/external_exchange.hpp"
#include "protocol/negotiation/unknown_elements.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// What an incoming stream may do, as its owner decides it.
class incoming_policy {
public:
  virtual ~incoming_policy() = default;

  /// Whether the hub serves this domain on this listener (a local domain for peers from the world;
  /// for a trusted node any domain, since the node reaches the world through the hub).
  virtual bool serves(const domain_name& to) const = 0;
  /// `failure::none`, or why no stanza of this pair is taken (`domain_denied`,
  /// `federation_disabled`); asked when the peer sends a key.
  virtual failure admits(const domain_pair& pair) const = 0;
  /// The sender domain needs no verification: a trusted node that speaks for its own domain.
  virtual bool trusted(const domain_name& sender) const = 0;
  /// Whether the hub answers for `sender` as authoritative server on this stream.
  virtual bool authoritative(const domain_name& sender) const = 0;
  /// What the peer's certificate proves of this domain; asked on TLS only. May be another later,
  /// once rules or revocation lists have changed.
  virtual identity_proof proof(const domain_name& sender) const = 0;
  /// Whether dialback alone proves this domain. If not, its keys are answered by the typed error
  /// `policy-violation`, unless a certificate proves it.
  virtual bool dialback_enough(const domain_name& sender) const = 0;
  /// `dialback_enough`, asked again about a domain that was let in before: neither counts nor logs.
  virtual bool dialback_stands(const domain_name& sender) const { return dialback_enough(sender); }
  /// While the rules change: whether the server that answers for the sender's keys is the same by
  /// the old rules and the new ones.
  virtual bool same_authority(const domain_name& /*sender*/) const { return true; }
};

/// Negotiates one incoming stream: header, features, STARTTLS, SASL EXTERNAL, dialback in the
/// receiving and in the authoritative role, several domain pairs. Does no I/O, owns no timer.
///
///     await_header -> negotiating -> await_tls -> await_secure_header -> secured
///                     (stays here without STARTTLS)                      (stays here without SASL)
///                                                                           |
///                            authenticated <- await_authenticated_header <--+
///
/// A stream over direct TLS begins with await_secure_header.
///
/// Decisions that the specifications leave open:
/// - A header without `to` is taken; its answer says `fallback_from`. A higher version is answered
/// by "1.0" (RFC 6120
///   §4.7.5), one that is no version at all by `unsupported_version`.
/// - A peer from before XMPP 1.0 gets neither `version` nor features; where TLS is required that
/// ends the stream.
/// - A key or a question sent in clear text where TLS is required ends the stream with
///   `policy-violation`: a peer that does not read could else have any number of answers made.
/// - STARTTLS after dialback has begun is refused: what was proved in clear text would have to be
///   forgotten (RFC 6120 §5.4.3.3).
/// - Octets behind `<starttls/>`, or behind the element that brings SASL to success, end the stream
///   with `policy-violation`: they were sent in the layer that the element ends.
/// - An invalid key ends the stream (XEP-0220 §2.2.1), unless it carries or verifies other pairs:
/// then the answer is the typed error
///   `forbidden` and the others keep their stream (§2.1.2).
/// - EXTERNAL is offered on TLS if the certificate proves the header's `from`, and the pair of the
/// header is let in. An attempt that fails leaves the stream for dialback (XEP-0178 §3).
/// - After EXTERNAL the header's `from` must be the domain that was authenticated. Its pair with
/// the header's `to` is authorised at once; if there is no `to`, keys must name the target domains.
/// Keys that were under verification are forgotten: they were made for the id of the stream before.
/// - A key for a sender domain that the certificate proves needs no question to anybody (XEP-0344).
/// - A pair that is being verified is not verified twice: the key is passed over, one answer
/// follows. A pair that
///   is authorised is answered `valid` at once.
/// - Answers (a `type` attribute) are never legal here, since the hub asks nothing on it: they end
/// the stream (XEP-0220 §4.1).
/// - Elements that no specification of the hub's knows are ignored, up to `unknown_elements::most`.
/// - `<bidi/>` makes the stream bidirectional, on TLS where TLS is required, until a pair is
/// authorised. Later it means nothing: the reverse has or will have a stream of its own, and
/// nothing is lost by it.
class incoming_stream {
public:
  enum class phase : uint8_t {
    await_header,
    negotiating, ///< header answered; STARTTLS or dialback may come.
    await_tls,
    await_secure_header,
    secured, ///< as `negotiating`, on TLS; SASL may come.
    await_authenticated_header,
    authenticated, ///< as `secured`, after SASL.
    closed,
  };

  struct options {
    stream_security security = stream_security::tls_required;
    bool tls_available = true; ///< offer STARTTLS at all.
    domain_name fallback_from; ///< `from` of the answer where the peer names no `to`; may be empty.
    bool direct_tls = false;   ///< the stream begins on TLS (XEP-0368).
    bool bidi = false;         ///< offer bidirectional streams (XEP-0288).
    /// Offer stream management (XEP-0198) once the peer is authenticated by SASL. Its elements are
    /// the owner's matter.
    bool management = false;
    stream_limits limits = {}; ///< told to the peer (XEP-0478).
  };

  /// Verifications that one stream may have under way: each is a question to another server, which
  /// a peer that has proved nothing makes the hub ask. More are answered by the typed error
  /// `resource-constraint`.
  static constexpr size_t max_pending_pairs = 32;
  /// Pairs that one stream may speak for. A host of many domains talking to many of ours stays well
  /// below; the limit bounds what a peer that owns a wildcard in DNS makes the hub remember.
  static constexpr size_t max_authorised_pairs = 4096;

  /// @param policy, keys outlive the machine. Stream ids are made by the machine, a new one for
  /// each header.
  incoming_stream(options opts, const incoming_policy& policy, const dialback_keys& keys);

  /// @name Events. One that is illegal in this phase closes the stream with the RFC's condition;
  ///       in `closed` all return nothing.
  /// @{
  stream_actions on_header(const stream_header& x);
  stream_actions on_element(const element_received& x);
  /// One that the machine would read closes the stream with `policy_violation`; any other is
  /// ignored as an unknown one is.
  stream_actions on_excess(const excess_received& x);
  stream_actions on_tls_established();
  /// The answer to `verify_key`; `failure` says why there is none (then `outcome` is `error`).
  /// Ignored if the pair is not pending or `stream_id` is not this stream's: the answer is for a
  /// stream that is gone.
  stream_actions on_verified(const domain_pair& pair, const std::string& stream_id,
                             dialback_outcome outcome, failure why, std::string_view detail);
  stream_actions on_stream_end();
  /// Says the error to the peer (after a header of the hub's own if none was sent yet, RFC 6120
  /// §4.9.1.2) and closes. Says nothing where octets can't reach the peer: between `<proceed/>` and
  /// the end of the TLS handshake.
  /// @param detail UTF-8 without control characters: the peer reads it too.
  /// @param application child of the stream error (RFC 6120 §4.9.4); may be empty.
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application = {});
  stream_actions close(failure why = failure::none);
  /// @}

  /// Whether stanzas of this pair are taken. If not, `refusal` tells how to end the stream.
  bool authorised(const domain_pair& pair) const { return find(pair) != nullptr; }
  /// Whether stanzas of this pair may be sent here (`pair.from` is local): the stream is
  /// bidirectional, and the reverse is authorised.
  bool sends(const domain_pair& pair) const;
  /// A pair of which stanzas are taken and whose sender domain is this; null if there is none.
  const domain_pair* pair_of(const domain_name& from) const;
  /// A pair of which stanzas are taken and whose domains are these by IDNA2003
  /// (`same_under_either`; an empty `to` is any); null if there is none.
  const domain_pair* same_pair(const domain_pair& pair) const;
  /// @pre not authorised.
  /// @returns `not_authorized` if the stream has proved nothing yet, `host_unknown` if the target
  /// isn't served,
  ///          else `invalid_from`.
  stream_error refusal(const domain_pair& pair) const;

  /// Makes and checks keys from another secret from now on. @param keys outlives the machine.
  void use(const dialback_keys& keys) { keys_ = &keys; }

  /// Judges every pair again by the policy's present answers, in the way in which it was proved.
  /// Keys under verification that would not be taken now are answered by the typed error
  /// `policy-violation`, and what their verification finds is ignored.
  /// @param security as the rules in force want it for this peer.
  /// @returns the answers; `taken` is why one of the authorised pairs does not stand any more, or
  /// why dialback that has begun can't go on. Then the owner has to end the stream.
  review on_rules(stream_security security);
  /// Whether an authorised pair would be authorised now.
  bool stands(const domain_pair& pair) const;

  /// What the security mode is for this peer, once it is known who it says it is: to be called
  /// before the header's event, or not at all.
  void security(stream_security x) { opts_.security = x; }

  /// Keys under verification, of `max_pending_pairs` at most.
  size_t questions_pending() const { return pending_.size(); }
  phase state() const { return phase_; }
  bool secured() const { return secured_; }
  bool bidi() const { return bidi_; } ///< the peer asked for a bidirectional stream.
  bool authenticated() const { return !grants_.empty(); } ///< at least one pair is authorised.
  /// Of the last header sent; before that, of the one to be sent.
  const std::string& stream_id() const { return stream_id_; }
  /// What the last header named; either may be empty.
  const domain_name& from() const { return from_; }
  const domain_name& to() const { return to_; }
  /// The peer's domain: first authorised sender, else `from` of the header; may be empty.
  const std::string& peer_name() const { return peer_.str(); }

private:
  /// An authorised pair, and by what it was proved.
  struct grant {
    domain_pair pair;
    proof_method how;
  };

  std::string header(std::string_view from, std::string_view to, bool version) const;
  std::string features() const;
  bool offers_starttls() const;
  /// Whether the peer may still ask for a bidirectional stream.
  bool bidi_possible() const;
  /// Whether the security of the stream is enough for dialback.
  bool dialback_possible() const;
  /// @param followed see `element_received`.
  stream_actions on_starttls(bool followed);
  stream_actions on_bidi(const stream_element::node& x);
  /// What EXTERNAL has to go by.
  external_context sasl_context() const;
  stream_actions on_sasl(const stream_element::node& x, bool followed);
  stream_actions on_dialback(const stream_element::node& x);
  stream_actions on_key(const dialback_element& x);
  /// How the sender domain is proved without asking its server, if it is.
  std::optional<proof_method> proof_without_question(const domain_name& sender) const;
  stream_actions on_verify_request(const dialback_element& x);
  void authorise(const domain_pair& pair, proof_method how, stream_actions& out);
  const grant* find(const domain_pair& pair) const;
  /// Why a pair that was proved in this way would be refused now.
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
  bool asked_ = false;             ///< the peer asked about a key of the hub's, and was answered.
  failure denied_ = failure::none; ///< why the policy refused a pair last.
  bool xmpp_1_ = false;            ///< the peer's header is of version 1.0 or later.
  domain_name from_, to_;          ///< of the last header received; may be empty.
  external_receiver sasl_;
  unknown_elements unknown_;
  std::string stream_id_;
  domain_name peer_;
  std::vector<grant> grants_; ///< by pair, each once; one or two, nearly always.
  std::map<domain_pair, dialback_element> pending_; ///< keys under verification.
};

std::string_view to_string(incoming_stream::phase x);

} // namespace fedhub
