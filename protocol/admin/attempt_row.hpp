// One attempt to get a stream to a domain, as the API shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors/failure.hpp"

namespace fedhub::admin {

/// A step of an attempt, in the order in which they usually follow. An attempt with STARTTLS waits
/// for features twice: in clear text, and within TLS.
enum class attempt_step : uint8_t {
  resolve,  ///< DNS is asked, or the configuration.
  connect,  ///< TCP connections race.
  tls,      ///< from the peer's consent, or from the first octet, to the end of the handshake.
  features, ///< the peer's stream header and features are awaited (RFC 6120 §4.3.2).
  authentication, ///< SASL EXTERNAL, or the first domain pair by dialback.
};

/// Returns the contract's word.
std::string_view to_string(attempt_step step);

/// How an attempt or a step has ended.
enum class attempt_outcome : uint8_t {
  under_way, ///< it has not ended; the row has no `outcome`.
  ok,
  failed,
  abandoned, ///< it was no longer needed, or a reload led elsewhere.
};

/// Returns the API's word; empty for `under_way`.
std::string_view to_string(attempt_outcome outcome);

/// One element of `attempts`.
struct attempt_row {
  struct step_row {
    attempt_step step = attempt_step::resolve;
    std::chrono::system_clock::time_point started;
    std::optional<double> duration_s; ///< nothing: it is under way.
    attempt_outcome outcome = attempt_outcome::under_way;
  };
  std::chrono::system_clock::time_point started;
  std::optional<std::chrono::system_clock::time_point> ended = {};
  attempt_outcome outcome = attempt_outcome::under_way;
  failure why = failure::none;
  std::string detail = {};          ///< of the failure; also of the step that failed.
  std::string target = {};          ///< the address, with its port; empty before the connection.
  std::vector<step_row> steps = {}; ///< may be empty: the rules in force deny the domain.
};

} // namespace fedhub::admin
