// The scheduler: the jobs that it runs, the messages of its clock, and the beats of its workers.
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <mutex>
#include <vector>

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "tests/unit/actors/runtime/scheduler_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::noting;
using test::record;
using HubScheduler = test::hub_scheduler_test;

TEST_P(HubScheduler, has_as_many_workers_as_it_is_told) {
  EXPECT_EQ(system.scheduler().num_workers(), GetParam());
}

TEST_P(HubScheduler, runs_what_comes_from_other_threads_though_all_workers_wait) {
  auto actor = system.spawn(noting, &seen);
  for (int i = 0; i < 200; ++i) {
    caf::anon_send(actor, i);
    ASSERT_EQ(seen.await(static_cast<size_t>(i) + 1).size(), static_cast<size_t>(i) + 1);
  }
  caf::anon_send(actor, -1);
}

TEST_P(HubScheduler, tells_the_owner_of_a_socket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  unique_fd near{ends[0]}, far{ends[1]};
  watch_ptr watched;
  std::mutex mutex;
  auto report = [](ready_sink_actor::pointer,
                   const std::function<void(int)>& on_ready) -> ready_sink_actor::behavior_type {
    return {[=](ready_atom, int fd) { on_ready(fd); }};
  };
  auto owner =
    system.spawn(report, std::function<void(int)>([&](int fd) {
                   std::lock_guard guard{mutex}; // the first event may come before `watched` is set
                   auto news = watched->take();
                   char octet;
                   while (has(news, readiness::readable) && ::read(fd, &octet, 1) == 1)
                     seen.add(octet);
                 }));
  {
    std::lock_guard guard{mutex};
    watched = loop.add(near.get(), owner, interest::reading);
  }
  for (size_t i = 0; i < 200; ++i) {
    ASSERT_EQ(::write(far.get(), "x", 1), 1);
    ASSERT_EQ(seen.await(i + 1).size(), i + 1);
  }
  loop.remove(watched);
  end(owner);
}

TEST_P(HubScheduler, sends_delayed_messages_in_the_order_of_their_times) {
  auto actor = system.spawn(noting, &seen);
  auto receiver = caf::actor_cast<caf::strong_actor_ptr>(actor);
  auto begin = std::chrono::steady_clock::now();
  auto later = [&](std::chrono::milliseconds delay, int x) {
    clock().schedule_message(begin + delay, receiver,
                             caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, x));
  };
  later(60ms, 4);
  later(20ms, 1);
  later(40ms, 2);
  later(40ms, 3);
  EXPECT_EQ(seen.await(4), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 60ms);
  EXPECT_EQ(clock().size(), 0u);
  caf::anon_send(actor, -1);
}

TEST_P(HubScheduler, forgets_the_delayed_messages_of_an_actor_that_has_ended) {
  caf::actor_addr ended;
  {
    auto scheduling = [](caf::event_based_actor* self, record* seen) -> caf::behavior {
      for (int hours : {1, 2, 3})
        self->delayed_send(self, std::chrono::hours(hours), 7);
      seen->add(0);
      return {[=](int) { self->quit(); }};
    };
    auto actor = system.spawn(scheduling, &seen);
    ended = actor.address();
    caf::scoped_actor self{system};
    self->monitor(actor);
    seen.await(1);
    EXPECT_EQ(clock().size(), 3u);
    self->send(actor, 1);
    self->receive([](const caf::down_msg&) {});
  }
  // The down message comes before the clock has forgotten the actor.
  EXPECT_TRUE(eventually([&] { return clock().size() == 0; }));
  EXPECT_TRUE(
    eventually([&] { return !caf::actor_cast<caf::actor>(ended); })); // nothing references it
}

/// Sets a deadline in an hour, and ends at its first message.
caf::behavior waiting(caf::event_based_actor* self, record* seen) {
  self->delayed_send(self, 1h, 7);
  seen->add(0);
  return {[=](int) { self->quit(); }};
}

TEST_P(HubScheduler, remembers_no_more_deadlines_than_a_few_times_those_that_wait) {
  constexpr size_t all = 1000, staying = 10;
  std::vector<caf::actor> actors;
  for (size_t i = 0; i < all; ++i)
    actors.push_back(system.spawn(waiting, &seen));
  seen.await(all);
  EXPECT_EQ(clock().remembered(), all);
  for (size_t i = staying; i < all; ++i)
    caf::anon_send(actors[i], 1);
  EXPECT_TRUE(eventually([&] { return clock().size() == staying; }));
  EXPECT_LT(clock().remembered(), 200u);
  for (auto& x : actors)
    caf::anon_send(x, 1);
}

TEST_P(HubScheduler, sends_nothing_at_the_deadline_of_a_forgotten_message) {
  auto send_at = [this](const caf::actor& to, hub_clock::time_point t) {
    clock().schedule_message(t, caf::actor_cast<caf::strong_actor_ptr>(to),
                             caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, 1));
  };
  auto begin = std::chrono::steady_clock::now();
  {
    auto ended = system.spawn(waiting, &seen);
    seen.await(1);
    send_at(ended, begin + 200ms);
    caf::anon_send(ended, 1);
    ASSERT_TRUE(eventually([&] { return clock().size() == 0; }));
  }
  auto actor = system.spawn(noting, &seen); // its messages reuse the places of the other's
  send_at(actor, begin + 400ms);
  send_at(actor, begin + 400ms);
  seen.await(2);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 400ms);
  EXPECT_EQ(seen.await(3).size(), 3u);
  caf::anon_send(actor, -1);
}

TEST_P(HubScheduler, keeps_the_time_limits_of_requests) {
  auto silent = [](caf::event_based_actor* self, record*) -> caf::behavior {
    return {[=](int) -> caf::result<int> { return self->make_response_promise(); }};
  };
  auto asking = [](caf::event_based_actor* self, const caf::actor& to, record* seen) {
    self->request(to, 20ms, 1)
      .then([=](int) { seen->add(1); }, [=](const caf::error&) { seen->add(2); });
  };
  auto asked = system.spawn(silent, &seen);
  system.spawn(asking, asked, &seen);
  EXPECT_EQ(seen.await(1), std::vector<int>{2});
  caf::anon_send_exit(asked, caf::exit_reason::user_shutdown);
}

TEST_P(HubScheduler, gets_a_beat_from_each_worker_though_there_is_nothing_to_do) {
  auto& pulse = config.health();
  const health::time_point begin{1h};
  for (uint64_t round = 1; round <= 3; ++round)
    EXPECT_TRUE(eventually([&] {
      loop.wake();
      return pulse.begin(begin, 0) == round;
    }));
}

INSTANTIATE_TEST_SUITE_P(Workers, HubScheduler, testing::Values(1, 2, 5));

TEST(HubSchedulerWithTwoWorkers, notices_that_a_blocked_worker_does_not_beat) {
  network_loop loop{network_loop::driver::callers};
  hub_system_config config{2, loop};
  caf::actor_system system{config};
  record seen;
  std::promise<void> gate;
  auto held_up = [](caf::event_based_actor* self, const std::shared_future<void>& open,
                    record* seen) -> caf::behavior {
    return {[=](int x) {
      seen->add(x);
      open.wait();
      self->quit();
    }};
  };
  caf::anon_send(system.spawn(held_up, gate.get_future().share(), &seen), 1);
  seen.await(1);
  auto noted = system.spawn(noting, &seen); // the other worker still runs jobs
  const health::time_point begin{1h};
  auto& pulse = config.health();
  ASSERT_EQ(pulse.begin(begin, 0), 1u);
  for (int i = 2; i < 50; ++i) {
    caf::anon_send(noted, i);
    seen.await(static_cast<size_t>(i));
  }
  EXPECT_EQ(pulse.begin(begin, 0), 0u);
  EXPECT_NE(pulse.ailment(begin + 6s), "");
  gate.set_value();
  EXPECT_TRUE(eventually([&] { return pulse.begin(begin, 0) == 2; }));
  caf::anon_send(noted, -1);
}

} // namespace
} // namespace fedhub
