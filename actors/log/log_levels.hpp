// The levels of the log's modules: as configured, or as an operator has set them for some time.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/log/log.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// Holds each module's level. A level that an operator sets is in force until its time is over or
/// until the next configuration, whichever comes first.
///
/// Thread safety: all calls. Time is a parameter.
class log_levels {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct row {
    log_module module = log_module::hub;
    conf::log_level level = conf::log_level::info; ///< in force.
    std::optional<time_point> until;               ///< nothing: the level is the configured one.
  };

  /// @param apply puts a level in force. Is called under a lock, so it must not call this object.
  explicit log_levels(std::function<void(log_module, conf::log_level)> apply)
    : apply_{std::move(apply)} {}

  /// Puts the configured levels in force, and forgets those that an operator has set.
  void configure(const conf::log_config& config);

  /// Puts a level in force until a time. The configured level takes effect without a time.
  void set(log_module module, conf::log_level level, time_point until);

  /// Puts the configured levels of the modules in force whose time is over.
  void expire(time_point now);

  /// Returns when the next level's time is over; nothing if all levels are the configured ones.
  std::optional<time_point> next_expiry() const;

  /// Returns a row for each module, in the order of the enumeration.
  std::vector<row> rows() const;

private:
  struct module_state {
    conf::log_level configured = conf::log_level::info;
    conf::log_level in_force = conf::log_level::info;
    std::optional<time_point> until;
  };

  void put_in_force(size_t module, conf::log_level level);

  mutable std::mutex mutex_;
  std::function<void(log_module, conf::log_level)> apply_;
  std::array<module_state, log_module_count> modules_;
};

/// Returns the levels of the process's log. `configure_log` sets the configured ones.
log_levels& levels_of_log();

} // namespace fedhub
