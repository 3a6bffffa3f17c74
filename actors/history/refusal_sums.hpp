// How many events that strangers cause the history shows one by one.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/admin/event_row.hpp"
#include "protocol/errors/failure.hpp"

namespace fedhub {

/// Admits the first refusals of each failure in each minute, and counts the rest; and likewise the
/// first verdicts on certificates. Strangers can cause any number of both.
///
/// A value: time is a parameter.
class refusal_sums {
public:
  using clock = std::chrono::steady_clock;
  static constexpr uint64_t rows_a_minute = 10; ///< of one kind of event and one failure.
  static constexpr std::chrono::minutes period{1};

  /// Returns whether strangers can cause any number of such events.
  static bool concerns(admin::event_kind kind) {
    return kind == admin::event_kind::refusal || kind == admin::event_kind::trust;
  }

  /// Takes an event. @returns whether it may have a row of its own.
  bool admit(admin::event_kind kind, failure why, clock::time_point now);

  /// Events that have no rows of their own.
  struct sum {
    admin::event_kind kind = admin::event_kind::refusal;
    failure why = failure::none;
    uint64_t count = 0;
  };
  /// Returns what `admit` has left out in minutes that are over, and forgets it.
  std::vector<sum> take(clock::time_point now);
  /// Returns what `admit` has left out, and forgets it.
  std::vector<sum> take_all();

  /// Returns when `take` has something to return; nothing if nothing was left out.
  std::optional<clock::time_point> due() const;

private:
  struct tally {
    clock::time_point begin = {}; ///< of the minute; its value counts only if `admitted` > 0.
    uint64_t admitted = 0;
    uint64_t left_out = 0;
  };
  std::vector<sum> take_if(clock::time_point now, bool all);

  std::array<tally, 2 * failure_count> tallies_{}; ///< refusals, then verdicts.
};

} // namespace fedhub
