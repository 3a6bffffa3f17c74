// Whether the hub's workers and actors get round.
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

/// Judges the hub by rounds. A round begins when the supervisor, an actor like others, gets its
/// turn; then each worker of the scheduler has to look for its next job, and each actor that was
/// asked has to answer. Workers that have nothing to do are woken for it (`on_round`), so that only
/// one that is kept by its job is missed: stealing can't make up for it, as an answer by any actor
/// could.
///
/// Thread safety: all of it. `beat` costs a read of memory that changes once a round.
class health {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How often the supervisor begins a round.
  static constexpr std::chrono::seconds period{2};
  /// A round that takes longer is a fault.
  static constexpr std::chrono::seconds longest{5};

  explicit health(size_t workers) : seen_(workers) {}

  /// This worker looks for its next job.
  /// @param worker below the number given.
  void beat(size_t worker) noexcept {
    const auto round = round_.load(std::memory_order_relaxed);
    if (seen_[worker].load(std::memory_order_relaxed) != round)
      seen_[worker].store(round, std::memory_order_relaxed);
  }

  /// A round is under way in which this worker has not looked for its next job.
  bool awaits(size_t worker) const noexcept {
    return seen_[worker].load(std::memory_order_relaxed) != round_.load(std::memory_order_relaxed);
  }

  /// Has `wake` called when a round has begun, so that workers without work look too.
  /// @param wake may be empty; not called any more once this returns. Calls nothing here but `beat`
  /// and `awaits`.
  void on_round(std::function<void()> wake);

  /// The supervisor has its turn.
  /// @param actors that will be asked.
  /// @returns the number of a new round, in which they are to be asked; 0 while one is under way.
  uint64_t begin(time_point now, size_t actors);

  /// An actor that was asked in this round has answered.
  void answered(uint64_t round);

  /// Says what is wrong, for people; empty if nothing is. Never waits. All is well before the first
  /// round.
  std::string ailment(time_point now) const;

private:
  bool complete() const;

  std::atomic<uint64_t> round_{0};
  std::vector<std::atomic<uint64_t>> seen_; ///< by worker: the round in which it looked last.
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  time_point asked_at_{}; ///< when the last round began.
  time_point turn_at_{};  ///< of the supervisor's last turn.
  size_t missing_ = 0;    ///< answers of actors.
};

} // namespace fedhub
