// SASL EXTERNAL between servers: RFC 6120 §6, RFC 4422 appendix A, XEP-0178 §3.
//
// Functions over elements. When they may come, how often, and what follows (a stream restart after
// success, dialback after a failure) is the stream machines' business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/peer_certificate.hpp"
#include "protocol/stream_element.hpp"

namespace fedhub {

/// The conditions of RFC 6120 §6.5, in its order.
enum class sasl_failure : uint8_t {
  aborted,
  account_disabled,
  credentials_expired,
  encryption_required,
  incorrect_encoding,
  invalid_authzid,
  invalid_mechanism,
  malformed_request,
  mechanism_too_weak,
  not_authorized,
  temporary_auth_failure,
};

inline constexpr size_t sasl_failure_count =
  static_cast<size_t>(sasl_failure::temporary_auth_failure) + 1;

/// The element name of the condition, e.g. "invalid-authzid".
std::string_view to_string(sasl_failure x);

/// The condition of that element name. One that the RFC does not know says no more than that
/// authentication failed: `not_authorized` (§6.5).
sasl_failure parse_sasl_failure(std::string_view element_name);

/// `<failure/>` with the condition and, unless empty, a `<text/>` (escaped here).
std::string sasl_failure_xml(sasl_failure x, std::string_view text = {});

// ---- receiving server --------------------------------------------------------------------------

/// What the receiving server knows when EXTERNAL is tried.
struct external_context {
  bool secured = false;               ///< the stream is on TLS.
  bool accepted = true;               ///< policy lets certificates prove this domain.
  domain_name from;                   ///< of the stream header sent on TLS; empty if it named none.
  const certificate_verdict& verdict; ///< on what the peer presented, for `from` among others.
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
/// - `invalid-mechanism` if the mechanism is absent or another, or policy does not accept EXTERNAL;
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
/// - `credentials-expired` if the certificate was good until it ran out;
/// - `temporary-auth-failure` if the hub lacks the CRL to tell;
/// - `not-authorized` if the certificate does not prove `from`, for any other reason.
external_decision decide_on_response(const stream_element::node& response,
                                     const external_context& x);

/// `<challenge/>`, `<success/>` or `<failure/>`.
std::string external_decision_xml(const external_decision& x);

// ---- initiating server -------------------------------------------------------------------------

/// Whether the features offer EXTERNAL.
bool offers_external(const stream_element::node& features);

/// `<auth/>`, with the sender domain as authorisation identity, or "=" if it is empty.
std::string external_auth_xml(const domain_name& authzid);

/// The same as `<response/>`, for a peer that answers `<auth/>` by a challenge.
std::string external_response_xml(const domain_name& authzid);

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
