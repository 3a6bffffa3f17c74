#include "actors/runtime/health.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

class Health : public testing::Test {
protected:
  /// Plays a round. @param answers number of actors that answer. @param beating workers that beat.
  uint64_t round(size_t answers, std::initializer_list<size_t> beating) {
    const auto number = hub.begin(now, 2);
    for (auto x : beating)
      hub.beat(x);
    for (size_t i = 0; i < answers; ++i)
      hub.answered(number);
    return number;
  }
  bool well_after(health::time_point::duration x) const { return hub.ailment(now + x).empty(); }

  health hub{3};
  health::time_point now{1h};
};

TEST_F(Health, is_good_before_anybody_is_asked) { EXPECT_TRUE(well_after(1h)); }

TEST_F(Health, is_good_while_rounds_come_and_are_complete) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(round(2, {0, 1, 2}), static_cast<uint64_t>(i) + 1);
    EXPECT_TRUE(well_after(health::period + 1s));
    now += health::period;
  }
}

TEST_F(Health, is_bad_once_a_worker_has_not_looked_for_a_job_for_5_s) {
  round(2, {0, 1, 2});
  now += 2s;
  round(2, {0, 2});
  EXPECT_TRUE(well_after(5s));
  EXPECT_EQ(hub.ailment(now + 6s), "worker 1 has not finished its job for 6 s");
  EXPECT_EQ(hub.begin(now + 6s, 2), 0u); // the former round is still open
  hub.beat(1);
  EXPECT_TRUE(well_after(6s));
  EXPECT_EQ(hub.begin(now + 6s, 2), 3u);
}

TEST_F(Health, is_bad_once_an_actor_has_not_answered_for_5_s) {
  const auto number = round(1, {0, 1, 2});
  EXPECT_TRUE(well_after(5s));
  EXPECT_EQ(hub.ailment(now + 6s), "1 actors have not answered for 6 s");
  hub.answered(number - 1); // an answer to another round
  EXPECT_FALSE(well_after(6s));
  hub.answered(number);
  EXPECT_TRUE(well_after(6s));
}

TEST_F(Health, is_bad_once_the_supervisor_has_no_turn) {
  round(2, {0, 1, 2});
  EXPECT_TRUE(well_after(health::period + 5s));
  EXPECT_EQ(hub.ailment(now + 8s), "the supervisor has not run for 8 s");
}

TEST_F(Health, can_be_asked_while_workers_beat) {
  std::vector<std::thread> workers;
  std::atomic<bool> stop{false};
  for (size_t i = 0; i < 3; ++i)
    workers.emplace_back([&, i] {
      while (!stop)
        hub.beat(i);
    });
  uint64_t rounds = 0;
  while (rounds < 100) {
    if (const auto number = hub.begin(now, 2); number != 0) {
      rounds = number;
      hub.answered(number);
      hub.answered(number);
    }
    EXPECT_TRUE(well_after(5s));
  }
  stop = true;
  for (auto& x : workers)
    x.join();
}

} // namespace
} // namespace fedhub
