#include "actors/stanzas/flow_credit.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

class FlowCredit : public testing::Test {
protected:
  int resumed = 0;
  flow_credit credit{1000, [this] { ++resumed; }};
};

TEST_F(FlowCredit, is_exhausted_past_its_window_and_not_at_it) {
  credit.charge(1000);
  EXPECT_FALSE(credit.exhausted());
  credit.charge(1);
  EXPECT_TRUE(credit.exhausted());
  credit.release(1);
  EXPECT_FALSE(credit.exhausted());
  EXPECT_EQ(credit.in_flight(), 1000);
}

TEST_F(FlowCredit, wakes_nobody_who_has_not_asked) {
  credit.charge(2000);
  credit.release(2000);
  EXPECT_EQ(resumed, 0);
}

TEST_F(FlowCredit, wakes_a_paused_source_once_at_half_of_the_window) {
  credit.charge(1200);
  ASSERT_TRUE(credit.pause());
  credit.release(699);
  EXPECT_EQ(resumed, 0);
  credit.release(1);
  EXPECT_EQ(resumed, 1);
  credit.release(500);
  EXPECT_EQ(resumed, 1);
}

TEST_F(FlowCredit, does_not_pause_a_source_that_has_half_of_its_window_again) {
  credit.charge(1200);
  credit.release(700);
  EXPECT_FALSE(credit.pause());
  credit.release(500);
  EXPECT_EQ(resumed, 0); // it has not stopped reading
}

TEST_F(FlowCredit, wakes_once_for_each_pause) {
  for (int round = 1; round <= 3; ++round) {
    credit.charge(1200);
    ASSERT_TRUE(credit.pause());
    credit.release(1200);
    EXPECT_EQ(resumed, round);
  }
}

/// Wakes a paused source.
class doorbell {
public:
  void ring() {
    std::lock_guard guard{mutex_};
    ++rings_;
    rung_.notify_one();
  }
  /// Waits for the bell. @returns false after a time so long that it will never ring.
  bool await() {
    std::unique_lock lock{mutex_};
    if (!rung_.wait_for(lock, 20s, [this] { return rings_ > taken_; }))
      return false;
    ++taken_;
    return true;
  }
  int rings() {
    std::lock_guard guard{mutex_};
    return rings_;
  }

private:
  std::mutex mutex_;
  std::condition_variable rung_;
  int rings_ = 0;
  int taken_ = 0;
};

TEST(FlowCreditUnderThreads, loses_no_wake_up_and_wakes_once_per_pause) {
  constexpr int octets = 100;
  constexpr int reads = 100'000;
  doorbell bell;
  flow_credit credit{4 * octets, [&] { bell.ring(); }};
  std::atomic<int> under_way{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> destinations;
  for (int i = 0; i < 3; ++i)
    destinations.emplace_back([&] {
      while (!done || under_way > 0) {
        auto n = under_way.load();
        if (n > 0 && under_way.compare_exchange_weak(n, n - 1)) {
          credit.charge(octets / 10); // it keeps a part of them for a short time
          credit.release(octets);
          credit.release(octets / 10);
        } else {
          std::this_thread::yield();
        }
      }
    });
  int pauses = 0;
  bool woken = true;
  for (int i = 0; i < reads && woken; ++i) {
    credit.charge(octets);
    ++under_way;
    if (credit.exhausted() && credit.pause()) {
      ++pauses;
      woken = bell.await();
    }
  }
  EXPECT_TRUE(woken) << "after " << pauses << " pauses";
  done = true;
  for (auto& x : destinations)
    x.join();
  EXPECT_GT(pauses, 0);
  EXPECT_EQ(bell.rings(), pauses);
  EXPECT_EQ(credit.in_flight(), 0);
}

} // namespace
} // namespace fedhub
