// The elements `db:result` and `db:verify`: XEP-0220 §2.
#pragma once

#include <string>
#include <string_view>

#include "protocol/events/stream_events.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// Any of the four steps as an element. `from` and `to` are the attributes as they stand; which of
/// them is the sender domain depends on the step: see `pair`.
struct dialback_element {
  dialback_step step = dialback_step::key;
  dialback_outcome outcome = dialback_outcome::none; ///< set in the steps that answer.
  domain_name from;
  domain_name to;
  std::string id;     ///< stream id; only in `db:verify`.
  std::string key;    ///< only in the steps that ask.
  error_report error; ///< of a typed error (XEP-0220 §2.5); the condition may be empty.

  /// The question goes the way of the key or against it, and answers swap the addresses:
  /// `verify_request` goes to the authoritative server of the sender domain, a `result` comes from
  /// the target domain.
  domain_pair pair() const {
    return step == dialback_step::key || step == dialback_step::verify_response
             ? domain_pair{from, to}
             : domain_pair{to, from};
  }

  /// The element that answers this question.
  dialback_element answer(dialback_outcome outcome, error_report why = {}) const;

  /// For log and metrics.
  dialback_seen seen(bool sent) const;
};

/// Longest key that is verified, in octets. XEP-0185 keys have 64, those of older servers 40. A
/// longer key would only be stored and passed on.
inline constexpr size_t max_dialback_key = 1024;

/// @returns the element, or in `fault` the stream error that it deserves.
struct dialback_reading {
  dialback_element element;
  stream_error fault = stream_error::none;
  std::string_view reason = {}; ///< for `fault`: a static text.
};

/// @pre `x` is in the namespace `jabber:server:dialback`.
dialback_reading read_dialback(const stream_element::node& x);

/// Needs the prefix `db` bound on the stream's header.
std::string dialback_xml(const dialback_element& x);

/// Appends the answer to `question`, and its report.
void answer(const dialback_element& question, dialback_outcome outcome, error_report why,
            stream_actions& out);

/// The typed error by which a receiving server tells the initiating one why it has no answer about
/// a key (XEP-0220 §2.5). The text names the failure, not what the hub saw of the network behind
/// it.
error_report verification_error(failure why);

} // namespace fedhub
