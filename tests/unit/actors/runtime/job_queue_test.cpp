// The order in which a worker runs its jobs.
#include "actors/runtime/job_queue.hpp"

#include <array>
#include <map>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using queue = job_queue<int>;

TEST(JobQueue, runs_what_waits_in_order_and_what_was_just_made_before_it) {
  std::array<int, 4> jobs{};
  queue queue;
  queue.push_last(&jobs[0]);
  queue.push_last(&jobs[1]);
  queue.push_next(&jobs[2]);
  queue.push_next(&jobs[3]);
  for (size_t expected : {3, 2, 0, 1})
    EXPECT_EQ(queue.take(), &jobs[expected]);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.take(), nullptr);
}

TEST(JobQueue, gives_a_thief_what_has_waited_longest) {
  std::array<int, 4> jobs{};
  queue queue;
  queue.push_next(&jobs[0]);
  queue.push_next(&jobs[1]);
  queue.push_last(&jobs[2]);
  for (size_t expected : {2, 0, 1})
    EXPECT_EQ(queue.steal(), &jobs[expected]);
  EXPECT_EQ(queue.steal(), nullptr);
}

/// Returns how many jobs run before `waiting` if `make` makes further jobs after each.
template <class Make>
size_t jobs_before(queue& queue, const int* waiting, Make make) {
  for (size_t n = 0; n < 10'000; ++n) {
    auto* job = queue.take();
    if (job == waiting)
      return n;
    make(*job);
  }
  return SIZE_MAX;
}

TEST(JobQueue, runs_what_waits_though_two_jobs_make_each_other_for_ever) {
  int ping = 1, pong = 2, waiting = 3;
  queue queue;
  queue.push_last(&waiting);
  queue.push_next(&ping);
  auto n =
    jobs_before(queue, &waiting, [&](int job) { queue.push_next(job == ping ? &pong : &ping); });
  EXPECT_LE(n, queue::most_in_a_row);
}

TEST(JobQueue, runs_what_was_made_first_though_two_jobs_made_later_make_each_other_for_ever) {
  int ping = 1, pong = 2, waiting = 3;
  queue queue;
  queue.push_next(&waiting);
  queue.push_next(&ping);
  auto n =
    jobs_before(queue, &waiting, [&](int job) { queue.push_next(job == ping ? &pong : &ping); });
  EXPECT_LE(n, 2 * queue::most_in_a_row + 2);
}

TEST(JobQueue, runs_each_job_within_a_bounded_number_of_others) {
  std::array<int, 64> cold{};
  int hot = 0;
  queue queue;
  for (auto& job : cold)
    queue.push_last(&job);
  int last = 0;
  queue.push_last(&last);
  auto n = jobs_before(queue, &last, [&](int) { queue.push_next(&hot); });
  EXPECT_LE(n, (cold.size() + 1) * (queue::most_in_a_row + 1));
  EXPECT_GE(n, cold.size());
}

} // namespace
} // namespace fedhub
