// One remote domain, as the API shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/admin/attempt_row.hpp"
#include "protocol/admin/stream_row.hpp"
#include "protocol/errors/failure.hpp"

namespace fedhub::admin {

/// The state of a remote domain: of those that apply, the first.
enum class domain_state : uint8_t {
  refused,    ///< the rules in force deny it.
  connected,  ///< it has a usable stream, in either direction.
  failing,    ///< the last attempt failed.
  connecting, ///< an attempt is under way.
  waiting,    ///< stanzas wait for an attempt.
  idle,
};
inline constexpr size_t domain_state_count = 6;

std::string_view to_string(domain_state state);

/// How a domain's streams of one direction are secured: by the one that was opened last.
struct security_row {
  std::string_view proof; ///< of the domain, in the words of `pair_row`; empty: no stream.
  std::string tls;        ///< "1.3"; empty in clear text.
};

/// One row of `GET domains`. Sizes are octets.
struct domain_row {
  std::string name; ///< A-labels.
  domain_state state = domain_state::idle;
  std::optional<clock_time> since; ///< when the state began.
  uint32_t streams_in = 0;         ///< usable ones.
  uint32_t streams_out = 0;
  std::optional<clock_time> last_success; ///< when a stream was last authenticated.

  std::optional<clock_time> failing_since; ///< of the first failure since the last success.
  failure why = failure::none;             ///< of the last attempt, or why it is refused.
  std::string detail;
  uint32_t attempt_count = 0;             ///< failed attempts in a row.
  std::optional<clock_time> next_attempt; ///< nothing: none is planned.
  uint64_t queued_stanzas = 0;
  uint64_t queued_bytes = 0;
  uint32_t senders_affected = 0; ///< own domains whose stanzas wait or are refused.
  security_row in;
  security_row out;
  /// Of all streams since the hub started, or since the row began. A stream for several remote
  /// domains counts for the one that it proved first.
  traffic_row traffic;
};

/// The rules in force by which a domain is judged.
struct rule_row {
  std::string trust;                     ///< the pattern of its [[trust]] row, or "default".
  std::vector<std::string_view> methods; ///< static texts.
  std::string_view security_mode;        ///< a static text.
  std::string_view privacy_mode;         ///< a static text.
  std::string pattern;                   ///< of the privacy mode's list; empty: no pattern matches.
};

/// The answer to `GET domains/{d}`.
struct domain_details {
  domain_row row;
  rule_row rule;
  static constexpr size_t most_attempts = 20;
  std::vector<attempt_row> attempts;      ///< newest first.
  std::vector<std::string> past_attempts; ///< older ones, as JSON objects; newest first.
  std::vector<stream_row> streams;        ///< at most `most_streams`.
  size_t stream_count = 0;

  static constexpr size_t most_streams = 100;
};

} // namespace fedhub::admin
