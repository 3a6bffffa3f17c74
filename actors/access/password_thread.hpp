// The thread that compares passwords.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// Carries out tasks that take some tenths of a second each, one after another, and calls `tick`
/// between them once a second while it is asked to. Strangers make it grow, up to its bounds.
///
/// Thread safety: all calls.
class password_thread {
public:
  static constexpr size_t most_waiting = 8;
  static constexpr size_t most_waiting_of_one = 2; ///< of one address.
  static constexpr std::chrono::seconds tick_time{1};

  /// @param tick is called in the thread. @returns whether to call it again.
  explicit password_thread(std::function<bool()> tick);
  password_thread(const password_thread&) = delete;
  password_thread& operator=(const password_thread&) = delete;
  /// Waits for the task that runs. Those that wait are destroyed without a call.
  ~password_thread();

  /// Adds a task. @returns false if there is no room.
  bool add(const address_group& from, std::function<void()> task);

  /// Has `tick` called once a second from now on.
  void begin_ticks();

private:
  struct waiting_task {
    address_group from;
    std::function<void()> run;
  };

  void work();

  const std::function<bool()> tick_;
  std::mutex mutex_; ///< for all below but `thread_`.
  std::condition_variable more_;
  std::deque<waiting_task> waiting_;
  bool ticking_ = false;
  bool ending_ = false;
  std::thread thread_;
};

} // namespace fedhub
