// Remote servers that get stanzas although their certificate proves nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace fedhub {

/// Remembers for a day which such domains the log has named.
///
/// Thread safety: all of it.
class unverified_servers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours log_interval{24};
  /// The most domains that are remembered. Beyond this, no further one is named until the oldest is
  /// a day old.
  static constexpr size_t most_domains = 4096;

  /// Returns whether to name the domain: it was not named within the last day.
  bool due(const std::string& domain, time_point now);

private:
  std::mutex mutex_;
  std::unordered_map<std::string, time_point> logged_; ///< when the log named a domain.
  time_point oldest_{};                                ///< of `logged_`, or earlier.
};

} // namespace fedhub
