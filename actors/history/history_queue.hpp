// What waits to be written into the history.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "actors/history/history_event.hpp"
#include "actors/history/refusal_sums.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/admin/event_row.hpp"

namespace prometheus {
class Counter;
}

namespace fedhub {

/// How much of the past the history keeps. Whatever is reached first counts.
struct history_bounds {
  std::chrono::days age{30};
  uint64_t octets = uint64_t{256} << 20; ///< of the file with events.
};

/// Returns what [admin] asks for.
history_bounds history_bounds_of(const conf::admin_config& config);

/// What the history's thread writes at a time.
struct history_batch {
  std::vector<history_event> events;
  std::vector<admin::audit_row> actions;
  uint64_t lost = 0; ///< events that are missing before these.
  history_bounds bounds;
  bool last = false; ///< nothing comes any more.

  bool empty() const { return events.empty() && actions.empty() && lost == 0; }
};

/// Takes events and management actions from all threads, and passes them to the history's thread.
///
/// It holds at most `limits`. Peers can make it grow: each stream causes events. An event for which
/// there is no room is left out and counted, and the history says how many are missing. Actions
/// have room of their own, which only operators can fill. Refusals and verdicts beyond
/// `refusal_sums` are summed.
///
/// Thread safety: all calls. No call but `take` waits.
class history_queue {
public:
  struct limits {
    size_t events = 8192;
    size_t octets = size_t{4} << 20; ///< of events with their texts.
    size_t actions = 1024;
  };
  /// @name The most octets of a text. The rest is cut off.
  /// @{
  static constexpr size_t detail_octets = 1024;
  static constexpr size_t refusal_detail_octets = 200; ///< also of a verdict.
  static constexpr size_t name_octets = 255;
  static constexpr size_t actor_octets = 128;
  /// @}

  /// Events wait so long for others, so that one transaction writes many.
  static constexpr std::chrono::milliseconds gathering_time{250};

  /// @param lost counts events that are left out. It is used until `abandon`.
  history_queue(prometheus::Counter& lost, const limits& most);
  explicit history_queue(prometheus::Counter& lost) : history_queue{lost, limits{}} {}
  history_queue(const history_queue&) = delete;
  history_queue& operator=(const history_queue&) = delete;

  /// Adds an event.
  void record(history_event event);
  /// Adds a management action or a change of the configuration. Its id is ignored, and its time is
  /// set if it is the epoch.
  void record(admin::audit_row action);

  /// Sets how much the history keeps.
  void set_bounds(const history_bounds& bounds);

  /// @name For the history's thread.
  /// @{
  /// Returns what there is, once events have waited for `gathering_time`, there are many, or
  /// `close` was called. Waits until `deadline` at most; the batch may be empty.
  history_batch take(std::chrono::steady_clock::time_point deadline);
  /// Counts the events of a batch that could not be written as lost.
  void give_up_events(const history_batch& batch);
  /// Counts events as lost that are written, but gone.
  void note_gone(uint64_t events);
  /// @}

  /// Ends the queue: what is recorded from now on is lost. What it holds can still be taken.
  void close();

  /// Counts nothing any more: the counter is about to be destroyed.
  void abandon();

private:
  bool is_waiting() const;
  void count_lost(uint64_t events);
  void add_sums(std::vector<history_event>& to);

  const limits most_;
  std::mutex mutex_; ///< for all below.
  std::condition_variable more_;
  prometheus::Counter* counter_;
  std::vector<history_event> events_;
  size_t octets_ = 0; ///< of `events_`.
  std::vector<admin::audit_row> actions_;
  refusal_sums refusals_;
  uint64_t lost_ = 0;
  history_bounds bounds_;
  bool closed_ = false;
};

} // namespace fedhub
