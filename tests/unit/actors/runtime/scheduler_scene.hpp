// The scheduler and its clock with real threads. Every wait ends by an event, or the test fails.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/hub_clock.hpp"
#include "actors/runtime/hub_scheduler.hpp"

namespace fedhub::test {

using namespace std::chrono_literals;

/// The numbers that actors have got, in order.
class record {
public:
  void add(int x) {
    {
      std::lock_guard guard{mutex_};
      seen_.push_back(x);
    }
    changed_.notify_all();
  }
  /// Waits until there are `n` numbers, at most 20 s. @returns all of them.
  std::vector<int> await(size_t n) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, 20s, [&] { return seen_.size() >= n; });
    return seen_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> seen_;
};

/// Records each number that it gets. Ends at a negative one.
inline caf::behavior noting(caf::event_based_actor* self, record* seen) {
  return {[=](int number) {
    if (number < 0)
      return self->quit();
    seen->add(number);
  }};
}

/// Returns whether the condition comes true within 20 s.
inline bool eventually(const std::function<bool()>& condition) {
  for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
    if (condition())
      return true;
    std::this_thread::yield();
  }
  return false;
}

/// A scheduler. The parameter is its number of workers.
// Each actor here is spawned with an argument: without one CAF 0.17 binds a reference to null,
// which UBSan reports.
class hub_scheduler_test : public testing::TestWithParam<size_t> {
protected:
  hub_clock& clock() { return dynamic_cast<hub_clock&>(system.scheduler().clock()); }

  /// Ends the actor and waits for that. Until then it may get more events, and use objects on the
  /// caller's stack.
  void end(const ready_sink_actor& ready_sink) {
    caf::scoped_actor self{system};
    self->monitor(ready_sink);
    self->send_exit(ready_sink, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {});
  }

  record seen;
  network_loop loop{network_loop::driver::callers};
  hub_system_config config{GetParam(), loop};
  caf::actor_system system{config};
};

} // namespace fedhub::test
