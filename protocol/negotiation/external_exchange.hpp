// SASL EXTERNAL on one stream: which element may come when, and how often. RFC 6120 §6.4.
#pragma once

#include <optional>
#include <string>

#include "protocol/negotiation/sasl_external.hpp"

namespace fedhub {

/// The receiving server's side, from the first `<auth/>` up to success.
///
///     idle <-> challenged
///       |          |
///       +-> succeeded
///
/// - Without an `<auth/>` that asked for it, a `<response/>` is answered `malformed-request` and an
///   `<abort/>` `aborted`.
/// - An `<auth/>` in place of the response begins anew (RFC 6120 §6.4.2), and counts as a failure
///   of what it gave up.
class external_receiver {
public:
  /// Failures before the stream is to be closed: RFC 6120 §6.4.4 asks for some, not many.
  static constexpr unsigned max_failures = 3;

  /// @returns what is said to `x`; nothing if no initiating server may say `x` in any state.
  std::optional<external_decision> decide(const stream_element::node& x,
                                          const external_context& context);

  /// The peer failed too often: instead of the decision it gets a stream error.
  bool exhausted() const { return failures_ >= max_failures; }

private:
  bool challenged_ = false;
  unsigned failures_ = 0;
};

/// The initiating server's side: one attempt.
///
///     asked -> responded (if challenged)
///       |          |
///       +----------+-> over
///       |          |
///       +-> giving up (a challenge that EXTERNAL does not know: `<abort/>`)
class external_initiator {
public:
  /// @param authzid the sender domain.
  explicit external_initiator(domain_name authzid) : authzid_(std::move(authzid)) {}

  /// `<auth/>`.
  std::string begin() const { return external_auth_xml(authzid_); }

  enum class outcome : uint8_t {
    pending, ///< `xml` is to be sent, another answer follows.
    success, ///< a new stream header is to be sent.
    failure, ///< by the peer's word; the stream goes on.
    invalid, ///< no element that may come now: the peer breaks the protocol.
  };
  struct reaction {
    outcome is = outcome::invalid;
    sasl_step said = sasl_step::response; ///< pending: what `xml` is.
    std::string xml = {};
    external_answer answer = {}; ///< what the peer said.
  };
  reaction on(const stream_element::node& x);

private:
  enum class step : uint8_t { asked, responded, giving_up };

  domain_name authzid_;
  step step_ = step::asked;
};

} // namespace fedhub
