// Detects workers and actors of the hub that are stuck.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace fedhub {

/// Checks the hub in rounds. A round begins when the supervisor, an ordinary actor, gets its turn.
/// Then each worker of the scheduler has to look for its next job, and each actor that was asked
/// has to answer. Idle workers are woken for it (`on_round`), so only a worker that is stuck in a
/// job fails to look. Actors alone would not show this, since other workers would steal their jobs.
///
/// Thread safety: all calls. `beat` costs a read of memory that changes once a round.
class health {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How often the supervisor begins a round.
  static constexpr std::chrono::seconds period{2};
  /// A round that takes longer is a fault.
  static constexpr std::chrono::seconds longest{5};

  explicit health(size_t workers) : seen_(workers) {}

  /// Reports that this worker looks for its next job.
  /// @param worker less than the constructor's `workers`.
  void beat(size_t worker) noexcept {
    const auto round = round_.load(std::memory_order_relaxed);
    if (seen_[worker].load(std::memory_order_relaxed) != round)
      seen_[worker].store(round, std::memory_order_relaxed);
  }

  /// Returns whether a round is under way in which this worker has not looked for its next job.
  bool awaits(size_t worker) const noexcept {
    return seen_[worker].load(std::memory_order_relaxed) != round_.load(std::memory_order_relaxed);
  }

  /// Sets the function that is called when a round has begun, to wake idle workers.
  /// @param wake may be empty. It may call only `beat` and `awaits` of this object. After this call
  /// returns, the former function is not called any more.
  void on_round(std::function<void()> wake);

  /// Reports the supervisor's turn, and begins a round if none is under way.
  /// @param actors how many actors will be asked.
  /// @returns the number of the new round, in which to ask the actors; 0 if a round is under way.
  uint64_t begin(time_point now, size_t actors);

  /// Reports that an actor has answered in this round.
  void answered(uint64_t round);

  /// Returns what is wrong, as text for people; empty if nothing is, or before the first round.
  /// Never waits.
  std::string ailment(time_point now) const;

private:
  bool complete() const;

  std::atomic<uint64_t> round_{0};
  std::vector<std::atomic<uint64_t>> seen_; ///< by worker: the round in which it last looked.
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  time_point asked_at_{}; ///< when the last round began.
  time_point turn_at_{};  ///< when the supervisor had its last turn.
  size_t missing_ = 0;    ///< answers of actors that are missing.
};

} // namespace fedhub
