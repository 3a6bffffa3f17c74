// Reads and writes the elements `db:result` and `db:verify`: XEP-0220 §2.
#pragma once

#include <string>
#include <string_view>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/dialback_step.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/xml/error_report.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// Any of the four steps as an element. `from` and `to` are the attributes as received. Which of
/// them is the sender domain depends on the step: see `pair`.
struct dialback_element {
  dialback_step step = dialback_step::key;
  dialback_outcome outcome = dialback_outcome::none; ///< set in the steps that answer.
  domain_name from;
  domain_name to;
  std::string id;     ///< stream id; only in `db:verify`.
  std::string key;    ///< only in the steps that carry a key.
  error_report error; ///< of a typed error (XEP-0220 §2.5); the condition may be empty.

  /// Returns the domain pair of the key. The key and the answer to its verification go from the
  /// sender domain to the target domain. A `verify_request` goes the other way, to the sender
  /// domain's authoritative server, and so does a `result`, from the target domain.
  domain_pair pair() const {
    return step == dialback_step::key || step == dialback_step::verify_response
             ? domain_pair{from, to}
             : domain_pair{to, from};
  }

  /// Returns the element that answers this question.
  dialback_element answer(dialback_outcome outcome, error_report why = {}) const;

  /// Returns the step for log and metrics.
  dialback_seen seen(bool sent) const;
};

/// The longest key that is verified, in octets. XEP-0185 keys have 64, keys of older servers 40. A
/// longer key would only cost memory and traffic.
inline constexpr size_t max_dialback_key = 1024;

/// A received element, or the stream error for its fault.
struct dialback_reading {
  dialback_element element;
  stream_error fault = stream_error::none;
  std::string_view reason = {}; ///< for `fault`: a static text.
};

/// Reads an element.
/// @pre it is in the namespace `jabber:server:dialback`.
dialback_reading read_dialback(const stream_element::node& element);

/// Writes an element. The stream header must bind the prefix `db`.
std::string dialback_xml(const dialback_element& element);

/// Appends the answer to `question`, and its report for log and metrics.
void answer(const dialback_element& question, dialback_outcome outcome, error_report why,
            stream_actions& out);

/// Returns the typed error by which a receiving server tells the initiating one why it cannot
/// verify a key (XEP-0220 §2.5). The text names the failure. It does not reveal what the hub saw of
/// the network.
error_report verification_error(failure why);

} // namespace fedhub
