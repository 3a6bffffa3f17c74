// Fairness: actors and sockets that always have work leave others their turns.
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "tests/unit/actors/runtime/scheduler_scene.hpp"

namespace fedhub {
namespace {

using test::eventually;
using test::noting;
using test::record;
using HubScheduler = test::hub_scheduler_test;

/// Sends itself a message in each turn, like a stream whose peer never stops.
/// A negative number ends it.
caf::behavior sending_itself(caf::event_based_actor* self, record*) {
  self->send(self, 1);
  return {[=](int x) {
    if (x < 0)
      return self->quit();
    self->send(self, 1);
  }};
}

/// Answers each message, so that two of these keep each other busy.
caf::behavior answering(caf::event_based_actor* self, record*) {
  return {[=](int number) {
    if (number < 0)
      return self->quit();
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), number);
  }};
}

class BusyHubScheduler : public HubScheduler {
protected:
  ~BusyHubScheduler() override {
    for (auto& x : busy)
      caf::anon_send(x, -1);
  }

  /// Starts more of these actors than there are workers.
  void keep_busy_by_themselves() {
    for (size_t i = 0; i < 2 * GetParam(); ++i)
      busy.push_back(system.spawn(sending_itself, &seen));
  }
  void keep_busy_by_each_other() {
    caf::scoped_actor self{system};
    for (size_t i = 0; i < 2 * GetParam(); ++i) {
      auto one = system.spawn(answering, &seen), other = system.spawn(answering, &seen);
      busy.insert(busy.end(), {one, other});
      one->enqueue(caf::actor_cast<caf::strong_actor_ptr>(other), caf::make_message_id(),
                   caf::make_message(1), nullptr);
    }
  }
  void expect_others_to_run() {
    auto actor = system.spawn(noting, &seen);
    for (int i = 0; i < 100; ++i) {
      caf::anon_send(actor, i);
      ASSERT_EQ(seen.await(static_cast<size_t>(i) + 1).size(), static_cast<size_t>(i) + 1);
    }
    caf::anon_send(actor, -1);
  }

  std::vector<caf::actor> busy;
};

TEST_P(BusyHubScheduler, runs_others_beside_actors_that_send_themselves_messages) {
  keep_busy_by_themselves();
  expect_others_to_run();
}

TEST_P(BusyHubScheduler, runs_others_beside_actors_that_send_each_other_messages) {
  keep_busy_by_each_other();
  expect_others_to_run();
}

/// The owner of one end of a pair of sockets. It counts the octets that it reads. A greedy one asks
/// for another turn each time.
struct socket_owner {
  socket_owner(caf::actor_system& system, network_loop& loop, bool greedy) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
    auto report = [](ready_sink_actor::pointer,
                     const std::function<void()>& on_ready) -> ready_sink_actor::behavior_type {
      return {[=](ready_atom, int) { on_ready(); }};
    };
    actor = system.spawn(report, std::function<void()>([this, &loop, greedy] {
                           std::lock_guard guard{mutex};
                           watched->take();
                           ++turns;
                           if (greedy && !over)
                             loop.again(watched);
                           char octets[64];
                           if (auto n = ::read(near.get(), octets, sizeof(octets)); n > 0)
                             read += static_cast<size_t>(n);
                         }));
    std::lock_guard guard{mutex};
    watched = loop.add(near.get(), actor, interest::reading);
    if (greedy)
      watched->urgency(turn_class::unproved);
  }

  unique_fd near, far;
  std::mutex mutex;
  watch_ptr watched;
  ready_sink_actor actor;
  std::atomic<size_t> turns{0}, read{0};
  std::atomic<bool> over{false};
};

TEST_P(BusyHubScheduler, looks_at_the_network_though_no_worker_ever_waits) {
  keep_busy_by_themselves();
  keep_busy_by_each_other();
  socket_owner owner{system, loop, false};
  for (size_t i = 0; i < 100; ++i) {
    ASSERT_EQ(::write(owner.far.get(), "x", 1), 1);
    ASSERT_TRUE(eventually([&] { return owner.read == i + 1; }));
  }
  loop.remove(owner.watched);
  end(owner.actor);
}

TEST_P(BusyHubScheduler, gives_all_that_wait_in_line_their_turns_and_prompt_news_before) {
  std::deque<socket_owner> greedy;
  for (int i = 0; i < 64; ++i) {
    auto& emplace_back = greedy.emplace_back(system, loop, true);
    ASSERT_EQ(::write(emplace_back.far.get(), "x", 1), 1);
  }
  keep_busy_by_each_other(); // other actors do not keep them from their turns either
  socket_owner prompt{system, loop, false};
  for (size_t i = 0; i < 100; ++i) {
    ASSERT_EQ(::write(prompt.far.get(), "x", 1), 1);
    ASSERT_TRUE(eventually([&] { return prompt.read == i + 1; }));
  }
  for (auto& x : greedy)
    ASSERT_TRUE(eventually([&] { return x.turns > 3; }));
  for (auto& x : greedy)
    x.over = true;
  loop.remove(prompt.watched);
  end(prompt.actor);
  for (auto& entry : greedy) {
    loop.remove(entry.watched);
    end(entry.actor);
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, BusyHubScheduler, testing::Values(1, 2, 5));

TEST(HubSchedulerWithTwoWorkers, lets_both_work_when_one_has_more_than_it_can_do_at_once) {
  network_loop loop{network_loop::driver::callers};
  hub_system_config config{2, loop};
  caf::actor_system system{config};
  record seen;
  std::barrier both{2};
  // Each of the two waits for the other, which on one worker would never end.
  auto meeting = [&both](caf::event_based_actor* self, record* seen) -> caf::behavior {
    return {[=, &both](int x) {
      both.arrive_and_wait();
      seen->add(x);
      self->quit();
    }};
  };
  auto calling = [](caf::event_based_actor* self, const caf::actor& one, const caf::actor& other) {
    self->send(one, 1);
    self->send(other, 1);
  };
  system.spawn(calling, system.spawn(meeting, &seen), system.spawn(meeting, &seen));
  EXPECT_EQ(seen.await(2).size(), 2u);
}

} // namespace
} // namespace fedhub
