// The scheduler and its clock, with real threads: every wait here ends by an event, or the test has
// failed.
#include "actors/runtime/hub_scheduler.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/hub_clock.hpp"

namespace fedhub {
namespace {

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
caf::behavior noting(caf::event_based_actor* self, record* seen) {
  return {[=](int x) {
    if (x < 0)
      return self->quit();
    seen->add(x);
  }};
}

/// Whether it comes true within 20 s.
bool eventually(const std::function<bool()>& condition) {
  for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
    if (condition())
      return true;
    std::this_thread::yield();
  }
  return false;
}

// Each actor here is spawned with an argument: CAF 0.17 takes a reference to nothing where there is
// none, which UBSan refuses.
class HubScheduler : public testing::TestWithParam<size_t> {
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
  auto tell = [](ready_sink_actor::pointer,
                 std::function<void(int)> on_ready) -> ready_sink_actor::behavior_type {
    return {[=](ready_atom, int fd) { on_ready(fd); }};
  };
  auto owner = system.spawn(tell, std::function<void(int)>([&](int fd) {
                              std::lock_guard guard{
                                mutex}; // the first news may come before `watched` is there
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
  // Its death is told before it is cleaned up.
  EXPECT_TRUE(eventually([&] { return clock().size() == 0; }));
  EXPECT_TRUE(
    eventually([&] { return !caf::actor_cast<caf::actor>(ended); })); // nor does anything hold it
}

/// Sets a deadline of an hour, and ends when it is told anything.
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

TEST_P(HubScheduler, sends_nothing_at_the_deadline_of_a_message_that_was_let_go) {
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
  auto actor = system.spawn(noting, &seen); // whose messages take the places of the other's
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

// ---- fairness ----------------------------------------------------------------------------------

/// Has itself run again and again, as a stream does whose peer never stops; ends at a negative one.
caf::behavior sending_itself(caf::event_based_actor* self, record*) {
  self->send(self, 1);
  return {[=](int x) {
    if (x < 0)
      return self->quit();
    self->send(self, 1);
  }};
}

/// The same by way of another one.
caf::behavior answering(caf::event_based_actor* self, record*) {
  return {[=](int x) {
    if (x < 0)
      return self->quit();
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), x);
  }};
}

class BusyHubScheduler : public HubScheduler {
protected:
  ~BusyHubScheduler() override {
    for (auto& x : busy)
      caf::anon_send(x, -1);
  }

  /// More than the workers can do.
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

/// The owner of one end of a pair of sockets; counts what it reads, and asks for a further turn
/// each time if it is a greedy one.
struct socket_owner {
  socket_owner(caf::actor_system& system, network_loop& loop, bool greedy) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
    auto tell = [](ready_sink_actor::pointer,
                   std::function<void()> on_ready) -> ready_sink_actor::behavior_type {
      return {[=](ready_atom, int) { on_ready(); }};
    };
    actor = system.spawn(tell, std::function<void()>([this, &loop, greedy] {
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
    auto& x = greedy.emplace_back(system, loop, true);
    ASSERT_EQ(::write(x.far.get(), "x", 1), 1);
  }
  keep_busy_by_each_other(); // nor do others keep them from it
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
  for (auto& x : greedy) {
    loop.remove(x.watched);
    end(x.actor);
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, BusyHubScheduler, testing::Values(1, 2, 5));

TEST(HubSchedulerWithTwoWorkers, lets_both_work_when_one_has_more_than_it_can_do_at_once) {
  network_loop loop{network_loop::driver::callers};
  hub_system_config config{2, loop};
  caf::actor_system system{config};
  record seen;
  std::barrier both{2};
  // Each of the two waits for the other: on one worker they would wait for ever.
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

TEST(HubSchedulerWithTwoWorkers, misses_the_beat_of_the_one_that_is_held_up) {
  network_loop loop{network_loop::driver::callers};
  hub_system_config config{2, loop};
  caf::actor_system system{config};
  record seen;
  std::promise<void> gate;
  auto held_up = [](caf::event_based_actor* self, std::shared_future<void> open,
                    record* seen) -> caf::behavior {
    return {[=](int x) {
      seen->add(x);
      open.wait();
      self->quit();
    }};
  };
  caf::anon_send(system.spawn(held_up, gate.get_future().share(), &seen), 1);
  seen.await(1);
  auto noted = system.spawn(noting, &seen); // the other worker gets round
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
