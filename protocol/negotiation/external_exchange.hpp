// The exchange of SASL EXTERNAL on one stream: which elements may come, when and how often (RFC
// 6120 §6.4).
#pragma once

#include <optional>
#include <string>

#include "protocol/events/sasl_step.hpp"
#include "protocol/negotiation/sasl_external.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The receiving server's side, from the first `<auth/>` to success.
///
///     idle <-> challenged
///       |          |
///       +-> succeeded
///
/// - If no `<auth/>` asked for it, a `<response/>` is answered `malformed-request` and an
///   `<abort/>` `aborted`.
/// - An `<auth/>` instead of the response starts again (RFC 6120 §6.4.2), and counts as a failure
///   of the abandoned attempt.
class external_receiver {
public:
  /// Failures after which the stream is closed. RFC 6120 §6.4.4 asks for a small number of retries.
  static constexpr unsigned max_failures = 3;

  /// Decides on an element.
  /// @returns the answer; nothing if no initiating server may send this element in any state.
  std::optional<external_decision> decide(const stream_element::node& element,
                                          const external_context& context);

  /// Returns whether the peer failed too often. Then it gets a stream error instead of the
  /// decision.
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

  /// Returns `<auth/>`.
  std::string begin() const { return external_auth_xml(authzid_); }

  enum class outcome : uint8_t {
    pending, ///< send `xml`; another answer follows.
    success, ///< send a new stream header.
    failure, ///< the peer refused; the stream goes on.
    invalid, ///< the element may not come now: the peer breaks the protocol.
  };
  struct reaction {
    outcome is = outcome::invalid;
    sasl_step step = sasl_step::response; ///< if pending: the step in `xml`.
    std::string xml = {};
    external_answer answer = {}; ///< the peer's answer.
  };
  /// Processes an answer of the peer.
  reaction on(const stream_element::node& element);

private:
  enum class step : uint8_t { asked, responded, giving_up };

  domain_name authzid_;
  step step_ = step::asked;
};

} // namespace fedhub
