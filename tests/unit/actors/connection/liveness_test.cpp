#include "actors/connection/liveness.hpp"

#include <random>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using time_point = liveness::time_point;

constexpr auto keepalive = 60s;
constexpr auto idle = 600s;
constexpr auto hold_back = 200ms;
const time_point start{1000s};

class Liveness : public testing::Test {
protected:
  Liveness() { times.begin(start); }

  liveness times;
};

TEST_F(Liveness, moves_by_each_event_only_the_deadlines_that_depend_on_it) {
  struct row {
    const char* event;
    void (*apply)(liveness&, time_point);
    bool read, quiet, idle, progress;
  };
  for (const auto& row : {
         row{"octets read", [](liveness&x, time_point t) { x.octets_read(t); }, true, false, false,
             false},
         row{"use received",
             [](liveness&liveness, time_point t) {
               liveness.octets_read(t);
               liveness.use_received();
             },
             true, false, true, false},
         row{"octets written", [](liveness&x, time_point t) { x.octets_written(t); }, false, true,
             false, true},
         row{"payload queued first", [](liveness&x, time_point t) { x.payload_queued(t, true); },
             false, false, true, true},
         row{"payload queued behind other",
             [](liveness&x, time_point t) { x.payload_queued(t, false); }, false, false, true,
             false},
         row{"progress", [](liveness&x, time_point t) { x.progressed(t); }, false, false, false,
             true},
       }) {
    SCOPED_TRACE(row.event);
    liveness liveness;
    liveness.begin(start);
    const auto t = start + 5s;
    row.apply(liveness, t);
    EXPECT_EQ(liveness.read_at(), row.read ? t : start);
    EXPECT_EQ(liveness.quiet_due(keepalive), (row.quiet ? t : start) + keepalive);
    EXPECT_EQ(liveness.idle_due(idle), (row.idle ? t : start) + idle);
    EXPECT_EQ(liveness.stuck_for(t), row.progress ? 0s : 5s);
  }
}

TEST_F(Liveness, finds_a_peer_slow_after_the_hold_back_time_or_an_old_stanza) {
  struct row {
    liveness::waiting outbox;
    liveness::duration later;
    bool slow;
  };
  const liveness::waiting fresh{.oldest = start};
  const liveness::waiting settled{.oldest = start, .settled = true};
  for (const auto& row :
       {row{fresh, 199ms, false}, row{fresh, 200ms, true},
        row{{.oldest = time_point::max()}, 199ms, false},
        row{{.oldest = time_point::max()}, 200ms, true}, row{settled, 10s, false}})
    EXPECT_EQ(times.slow(row.outbox, hold_back, start + row.later), row.slow);
  times.octets_written(start + 900ms);
  EXPECT_FALSE(times.slow(fresh, hold_back, start + 999ms));
  EXPECT_TRUE(times.slow(fresh, hold_back, start + 1000ms)) << "it moves, but too slowly";
}

TEST_F(Liveness, is_stalled_once_nothing_moves_for_the_keepalive_time) {
  EXPECT_FALSE(times.stalled(keepalive, start + keepalive - 1ms));
  EXPECT_TRUE(times.stalled(keepalive, start + keepalive));
  times.progressed(start + 1s);
  EXPECT_FALSE(times.stalled(keepalive, start + keepalive));
}

TEST_F(Liveness, has_its_stall_deadline_when_the_first_check_comes_true) {
  struct row {
    liveness::waiting outbox;
    liveness::duration due;
  };
  for (const auto& row :
       {row{{.condense = start + 20ms, .oldest = start}, 20ms}, row{{.oldest = start}, 200ms},
        row{{.oldest = start - 900ms}, 100ms}, row{{.oldest = time_point::max()}, 200ms},
        row{{.oldest = start - 5s, .settled = true}, keepalive}})
    EXPECT_EQ(times.stall_due(row.outbox, hold_back, keepalive), start + row.due);
}

TEST_F(Liveness, plans_a_tick_only_for_a_deadline_before_the_one_that_is_planned) {
  EXPECT_TRUE(times.needs_tick(start + 5s));
  EXPECT_EQ(times.plan(start + 5s, start), 5s);
  EXPECT_FALSE(times.needs_tick(start + 5s));
  EXPECT_FALSE(times.needs_tick(start + 6s));
  EXPECT_TRUE(times.needs_tick(start + 4s));
  EXPECT_EQ(times.plan(start + 4s, start), 4s);
  EXPECT_TRUE(times.tick_came(start + 4s));
  EXPECT_TRUE(times.needs_tick(start + 5s));
}

TEST_F(Liveness, ignores_the_tick_of_an_older_plan) {
  times.plan(start + 5s, start);
  EXPECT_FALSE(times.tick_came(start + 4s));
  EXPECT_FALSE(times.needs_tick(start + 5s)) << "the plan stands";
  EXPECT_TRUE(times.tick_came(start + 5s));
}

/// Random events: the next tick always lies in the future, and a tick that has done its work is not
/// due again at once.
TEST_F(Liveness, has_its_next_tick_in_the_future_after_every_event) {
  std::minstd_rand random{4711};
  auto t = start;
  auto tick = time_point::max(); // the tick that the actor's clock would have
  bool waits = false;
  for (int step = 0; step < 100'000; ++step) {
    t += std::chrono::milliseconds{random() % 300};
    switch (random() % 5) {
    case 0:
      times.octets_read(t);
      break;
    case 1:
      times.use_received();
      break;
    case 2:
      times.payload_queued(t, !waits);
      waits = true;
      break;
    case 3:
      times.octets_written(t);
      waits = random() % 2 == 0;
      break;
    case 4:
      times.progressed(t);
      break;
    }
    if (t >= tick) {
      tick = time_point::max();
      ASSERT_TRUE(times.tick_came(t));
      // The actor does what is due, which moves the deadline.
      if (t >= times.quiet_due(keepalive))
        times.octets_written(t);
      if (t >= times.idle_due(idle))
        times.payload_queued(t, true);
      if (waits && times.stalled(keepalive, t))
        times.progressed(t);
    }
    auto deadline = std::min(times.quiet_due(keepalive), times.idle_due(idle));
    if (waits)
      deadline = std::min(deadline, times.stall_due({.settled = true}, hold_back, keepalive));
    if (times.needs_tick(deadline)) {
      const auto delay = times.plan(deadline, t);
      ASSERT_GE(delay, liveness::least_wait);
      tick = t + delay;
    }
    ASSERT_GT(tick, t);
    ASSERT_FALSE(times.needs_tick(deadline));
  }
}

} // namespace
} // namespace fedhub
