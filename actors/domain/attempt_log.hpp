// The recent attempts to get a stream to a domain, step by step.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/rules/attempt_room.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "protocol/admin/attempt_row.hpp"

namespace fedhub {

/// Holds the last attempts of one domain, `most` at most, and fewer while all domains together hold
/// `attempt_room::most_octets`: then each new attempt pushes out the domain's own oldest one, and a
/// domain that has none does not begin a log. An attempt leads to one server; the next server is
/// the next attempt.
///
///     begin -> step -> ... -> succeed | fail | abandon
///
/// A value; time is a parameter. Belongs to one actor.
class attempt_log {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t most = 20;
  /// An attempt's further steps are not kept. Resolve, connect, features, TLS, features,
  /// authentication are six.
  static constexpr size_t most_steps = 6;
  /// The most octets that are kept of a detail.
  static constexpr size_t most_detail = 512;

  /// @param room outlives this log.
  explicit attempt_log(attempt_room& room) : room_{&room} {}
  attempt_log(const attempt_log&) = delete;
  attempt_log& operator=(const attempt_log&) = delete;
  ~attempt_log();

  /// @name Events. Those that need an attempt under way are ignored if there is none.
  /// @{
  /// Begins an attempt. One that is under way is forgotten if it has no server yet, else abandoned.
  /// @returns whether one was abandoned.
  bool begin(time_point now);
  /// Ends the step under way, and begins the next. Begins an attempt if none is under way.
  void step(admin::attempt_step next, time_point now);
  /// Begins the next step of the attempt under way.
  void go_on(admin::attempt_step next, time_point now);
  /// Notes the server that the attempt has reached.
  void reached(const socket_address& server);
  // Each returns whether an attempt has ended by it.
  bool succeed(time_point now);
  bool fail(failure why, std::string_view detail, time_point now);
  bool abandon(time_point now); ///< forgets an attempt that has not taken a step.
  /// @}

  /// Returns whether an attempt is under way.
  bool under_way() const { return open_; }
  /// Returns the attempts, the newest first. @param wall the time of day at `now`.
  std::vector<admin::attempt_row> rows(time_point now,
                                       std::chrono::system_clock::time_point wall) const;
  /// Returns the attempt that has begun last; nothing if there is none.
  std::optional<admin::attempt_row> last(time_point now,
                                         std::chrono::system_clock::time_point wall) const;

private:
  struct record {
    time_point started{};
    std::unique_ptr<const std::string> detail; ///< null: empty.
    socket_address server;                     ///< of no family: none was reached.
    std::array<float, most_steps> ends{};      ///< of each step, in seconds from `started`.
    float end = 0;                             ///< of the attempt.
    std::array<admin::attempt_step, most_steps> steps{};
    uint8_t step_count = 0;
    admin::attempt_outcome outcome = admin::attempt_outcome::under_way;
    failure why = failure::none;
  };

  static int64_t octets_of(const record& record);
  static admin::attempt_row row_of(const record& record, time_point now,
                                   std::chrono::system_clock::time_point wall);
  void end_step(time_point now);
  void end(admin::attempt_outcome how, time_point now);
  bool make_room();
  void drop(size_t i);
  void forget(); ///< the attempt under way.

  attempt_room* room_;
  std::vector<record> records_; ///< oldest first.
  bool open_ = false;           ///< the last record is under way.
};

} // namespace fedhub
