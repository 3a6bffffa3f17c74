// SASL EXTERNAL between servers: RFC 6120 §6, RFC 4422 appendix A, XEP-0178 §3.
//
// Functions over elements. When they may come, how often, and what follows (a stream restart after
// success, dialback after a failure) is the stream machines' business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/certificate/identity_proof.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// @returns nothing if `x` is no element of SASL.
std::optional<sasl_step> sasl_step_of(const stream_element::node& x);

// ---- receiving server --------------------------------------------------------------------------

/// What the receiving server knows when EXTERNAL is tried.
struct external_context {
  bool secured = false;      ///< the stream is on TLS.
  domain_name from = {};     ///< of the stream header sent on TLS; empty if it named none.
  identity_proof proof = {}; ///< of `from`.
};

/// Whether EXTERNAL goes into the features: only if it would succeed, since a peer whose attempt
/// failed may not come back with dialback (XEP-0178 §3).
bool may_offer_external(const external_context& x);

/// The child of `<stream:features/>`.
std::string external_offer_xml();

/// What becomes of an attempt.
struct external_decision {
  enum class outcome : uint8_t {
    challenge, ///< nothing said yet: ask with an empty challenge (RFC 6120 §6.4.2).
    success,   ///< the peer is `external_context::from`; a new stream header follows.
    failure,
  };
  outcome is = outcome::failure;
  sasl_failure why = sasl_failure::not_authorized; ///< of a failure.
  std::string_view detail = {}; ///< of a failure, for log and peer: a static text.
};

/// Decides on `<auth/>`, in this order:
/// - `encryption-required` if the stream is not on TLS;
/// - `invalid-mechanism` if the mechanism is absent or another;
/// - `malformed-request` for child elements;
/// - a challenge if there is no initial response (nothing between the tags; "=" is an empty one);
/// - else as `decide_on_response`.
external_decision decide_on_auth(const stream_element::node& auth, const external_context& x);

/// Decides on the `<response/>` to the empty challenge. The text is the authorisation identity in
/// base64; empty or "=" stands for that of the certificate, by way of the header's `from`.
/// - `malformed-request` for child elements, or a NUL in the identity (RFC 4422 appendix A.1);
/// - `incorrect-encoding` if it is not base64;
/// - `invalid-authzid` if the identity is no domain, or another than `from`: for further sender
///   domains dialback is asked on the same stream, which the same certificate can answer
///   (XEP-0344);
/// - `not-authorized` if the header named no domain;
/// - what the proof says, if the domain is not proven.
external_decision decide_on_response(const stream_element::node& response,
                                     const external_context& x);

/// Answers an `<abort/>`: `aborted` (RFC 6120 §6.4.4).
external_decision decide_on_abort();

/// What the decision is told by.
sasl_step step_of(const external_decision& x);

/// `<challenge/>`, `<success/>` or `<failure/>`.
std::string external_decision_xml(const external_decision& x);

// ---- initiating server -------------------------------------------------------------------------

/// Whether the features offer EXTERNAL.
bool offers_external(const stream_element::node& features);

/// `<auth/>`, with the sender domain as authorisation identity, or "=" if it is empty.
std::string external_auth_xml(const domain_name& authzid);

/// The same as `<response/>`, for a peer that answers `<auth/>` by a challenge.
std::string external_response_xml(const domain_name& authzid);

/// `<abort/>`, to which the receiving server answers by a failure.
std::string sasl_abort_xml();

/// What the receiving server said.
struct external_answer {
  enum class kind : uint8_t { success, challenge, failure, other };
  kind is = kind::other; ///< `other`: no element of this exchange, or a challenge that asks for
                         ///< something, which EXTERNAL does not know.
  sasl_failure why = sasl_failure::not_authorized; ///< of a failure.
  error_report report = {}; ///< of a failure: the peer's own words, for the log.
};

external_answer read_external_answer(const stream_element::node& x);

} // namespace fedhub
