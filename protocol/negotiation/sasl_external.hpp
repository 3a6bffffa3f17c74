// The elements of SASL EXTERNAL between servers: RFC 6120 §6, RFC 4422 appendix A, XEP-0178 §3.
//
// Functions over elements. The stream machines decide when an element may come, how often, and what
// follows (a stream restart after success, dialback after a failure).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/certificate/identity_proof.hpp"
#include "protocol/events/sasl_step.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/xml/error_report.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// Returns the step of an element; nothing if it is not an element of SASL.
std::optional<sasl_step> sasl_step_of(const stream_element::node& element);

// ---- receiving server --------------------------------------------------------------------------

/// The receiving server's knowledge when the peer tries EXTERNAL.
struct external_context {
  bool secured = false;      ///< the stream uses TLS.
  domain_name from = {};     ///< of the stream header sent over TLS; empty if it named none.
  identity_proof proof = {}; ///< of `from`.
};

/// Returns whether to offer EXTERNAL in the features: only if it would succeed, since a peer whose
/// attempt failed might not fall back to dialback (XEP-0178 §3).
bool may_offer_external(const external_context& context);

/// Returns the child of `<stream:features/>` that offers EXTERNAL.
std::string external_offer_xml();

/// The decision on an attempt.
struct external_decision {
  enum class outcome : uint8_t {
    challenge, ///< no identity yet: ask with an empty challenge (RFC 6120 §6.4.2).
    success,   ///< the peer is `external_context::from`; a new stream header follows.
    failure,
  };
  outcome is = outcome::failure;
  sasl_failure why = sasl_failure::not_authorized; ///< for a failure.
  std::string_view detail = {}; ///< for a failure, for log and peer: a static text.
};

/// Decides on `<auth/>`, in this order:
/// - `encryption-required` if the stream does not use TLS;
/// - `invalid-mechanism` if the mechanism is absent or is not EXTERNAL;
/// - `malformed-request` if there are child elements;
/// - a challenge if there is no initial response (nothing between the tags; "=" is an empty one);
/// - else like `decide_on_response`.
external_decision decide_on_auth(const stream_element::node& auth, const external_context& context);

/// Decides on the `<response/>` to the empty challenge. Its text is the authorisation identity in
/// base64. An empty text or "=" stands for the identity that the certificate proves: the header's
/// `from`.
/// - `malformed-request` if there are child elements, or a NUL in the identity (RFC 4422 appendix
///   A.1);
/// - `incorrect-encoding` if the text is not base64;
/// - `invalid-authzid` if the identity is no domain, or is not `from`. For further sender domains
///   the peer uses dialback on the same stream, which the same certificate can answer (XEP-0344);
/// - `not-authorized` if the header named no domain;
/// - the proof's reason, if the domain is not proven.
external_decision decide_on_response(const stream_element::node& response,
                                     const external_context& context);

/// Answers an `<abort/>`: `aborted` (RFC 6120 §6.4.4).
external_decision decide_on_abort();

/// Returns the step of the decision's element.
sasl_step step_of(const external_decision& decision);

/// Returns `<challenge/>`, `<success/>` or `<failure/>`.
std::string external_decision_xml(const external_decision& decision);

// ---- initiating server -------------------------------------------------------------------------

/// Returns whether the features offer EXTERNAL.
bool offers_external(const stream_element::node& features);

/// Returns `<auth/>` with the sender domain as authorisation identity, or "=" if it is empty.
std::string external_auth_xml(const domain_name& authzid);

/// Returns the same as `<response/>`, for a peer that answers `<auth/>` with a challenge.
std::string external_response_xml(const domain_name& authzid);

/// Returns `<abort/>`, which the receiving server answers with a failure.
std::string sasl_abort_xml();

/// The receiving server's answer.
struct external_answer {
  enum class kind : uint8_t { success, challenge, failure, other };
  /// `other`: not an element of this exchange, or a challenge with data, which EXTERNAL does not
  /// define.
  kind is = kind::other;
  sasl_failure why = sasl_failure::not_authorized; ///< for a failure.
  error_report report = {}; ///< for a failure: the peer's own words, for the log.
};

/// Reads an answer.
external_answer read_external_answer(const stream_element::node& element);

} // namespace fedhub
