// The scheduler and its clock, with real threads: every wait here ends by an event, or the test has
// failed.
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

/// What actors have seen, in order.
class record {
public:
  void add(int x) {
    {
      std::lock_guard guard{mutex_};
      seen_.push_back(x);
    }
    changed_.notify_all();
  }
  /// @returns what is there once it is `n`, or after 20 s.
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

/// Notes each number that it gets; ends at a negative one.
inline caf::behavior noting(caf::event_based_actor* self, record* seen) {
  return {[=](int x) {
    if (x < 0)
      return self->quit();
    seen->add(x);
  }};
}

/// Whether it comes true within 20 s.
inline bool eventually(const std::function<bool()>& condition) {
  for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
    if (condition())
      return true;
    std::this_thread::yield();
  }
  return false;
}

/// A scheduler with as many workers as the parameter says.
// Each actor here is spawned with an argument: CAF 0.17 takes a reference to nothing where there is
// none, which UBSan refuses.
class hub_scheduler_test : public testing::TestWithParam<size_t> {
protected:
  hub_clock& clock() { return dynamic_cast<hub_clock&>(system.scheduler().clock()); }

  /// Returns once the actor has ended. It may have had more news, for which it looks at what lies
  /// on the caller's stack.
  void end(const ready_sink_actor& x) {
    caf::scoped_actor self{system};
    self->monitor(x);
    self->send_exit(x, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {});
  }

  record seen;
  network_loop loop{network_loop::driver::callers};
  hub_system_config config{GetParam(), loop};
  caf::actor_system system{config};
};

} // namespace fedhub::test
