// The queue between all threads and the history's own.
#include "actors/history/history_queue.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <prometheus/counter.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::event_kind;
using clock = std::chrono::steady_clock;

history_event event_of(std::string detail) {
  return {.kind = event_kind::stream, .domain = "a.example", .detail = std::move(detail)};
}

class HistoryQueue : public testing::Test {
protected:
  history_batch take(history_queue& from) { return from.take(clock::now() + 5s); }

  prometheus::Counter lost;
};

TEST_F(HistoryQueue, passes_events_and_actions_on_in_order_with_their_times) {
  history_queue queue{lost};
  const auto before = std::chrono::system_clock::now();
  queue.record(event_of("first"));
  queue.record(event_of("second"));
  queue.record(admin::audit_row{.kind = "retry", .actor = "uid 7"});
  const auto batch = take(queue);
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.events[0].detail, "first");
  EXPECT_GE(batch.events[0].time, before);
  EXPECT_EQ(batch.events[1].detail, "second");
  ASSERT_EQ(batch.actions.size(), 1u);
  EXPECT_EQ(batch.actions[0].actor, "uid 7");
  EXPECT_GE(batch.actions[0].time, before);
  EXPECT_FALSE(batch.last);
  EXPECT_EQ(lost.Value(), 0);
}

TEST_F(HistoryQueue, an_event_of_the_past_keeps_its_time) {
  history_queue queue{lost};
  auto event = event_of("old");
  event.time = std::chrono::system_clock::time_point{5s};
  queue.record(event);
  EXPECT_EQ(take(queue).events.at(0).time, event.time);
}

TEST_F(HistoryQueue, leaves_out_and_counts_what_exceeds_a_limit) {
  struct limit {
    history_queue::limits most;
    std::string detail;
    size_t kept;
  };
  const limit limits[] = {
    {{.events = 3, .octets = 1 << 20, .actions = 1}, "short", 3},
    {{.events = 100, .octets = 3 * (sizeof(history_event) + 9 + 500), .actions = 1},
     std::string(500, 'x'),
     3},
  };
  for (const auto& [most, detail, kept] : limits) {
    prometheus::Counter counter;
    history_queue queue{counter, most};
    for (int i = 0; i < 10; ++i)
      queue.record(event_of(detail));
    const auto batch = take(queue);
    EXPECT_EQ(batch.events.size(), kept);
    EXPECT_EQ(batch.lost, 10 - kept);
    EXPECT_EQ(counter.Value(), 10 - static_cast<double>(kept));
    EXPECT_EQ(queue.take(clock::now()).lost, 0u) << "it is reported once";
  }
}

TEST_F(HistoryQueue, events_leave_the_room_of_actions_alone) {
  history_queue queue{lost, {.events = 2, .octets = 1 << 20, .actions = 2}};
  for (int i = 0; i < 5; ++i)
    queue.record(event_of("flood"));
  for (int i = 0; i < 3; ++i)
    queue.record(admin::audit_row{.kind = "close", .actor = "uid 7"});
  EXPECT_EQ(take(queue).actions.size(), 2u);
  EXPECT_EQ(lost.Value(), 3 + 1);
}

TEST_F(HistoryQueue, cuts_long_texts_between_characters) {
  history_queue queue{lost};
  auto event = event_of(std::string(history_queue::detail_octets - 1, 'x') + "é");
  event.domain = std::string(1000, 'd');
  event.actor = std::string(1000, 'a');
  queue.record(event);
  event.kind = event_kind::refusal;
  queue.record(event);
  const auto batch = take(queue);
  EXPECT_EQ(batch.events.at(0).detail, std::string(history_queue::detail_octets - 1, 'x'));
  EXPECT_EQ(batch.events.at(0).domain.size(), history_queue::name_octets);
  EXPECT_EQ(batch.events.at(0).actor.size(), history_queue::actor_octets);
  EXPECT_EQ(batch.events.at(1).detail.size(), history_queue::refusal_detail_octets);
}

TEST_F(HistoryQueue, a_failure_without_a_detail_gets_its_description) {
  history_queue queue{lost};
  queue.record({.kind = event_kind::attempt, .why = failure::dns_not_found});
  EXPECT_EQ(take(queue).events.at(0).detail, describe(failure::dns_not_found));
}

TEST_F(HistoryQueue, sums_the_refusals_of_strangers) {
  history_queue queue{lost};
  for (int i = 0; i < 500; ++i)
    queue.record({.kind = event_kind::refusal, .why = failure::domain_denied, .detail = "one"});
  EXPECT_EQ(take(queue).events.size(), refusal_sums::rows_a_minute);
  queue.close();
  const auto rest = take(queue);
  ASSERT_EQ(rest.events.size(), 1u);
  EXPECT_EQ(rest.events[0].detail, "490 more within a minute");
  EXPECT_EQ(lost.Value(), 0);
}

TEST_F(HistoryQueue, events_that_could_not_be_written_are_counted_and_reported_later) {
  history_queue queue{lost, {.events = 2, .octets = 1 << 20, .actions = 1}};
  for (int i = 0; i < 3; ++i)
    queue.record(event_of("x"));
  queue.give_up_events(take(queue));
  EXPECT_EQ(lost.Value(), 3);
  queue.record(event_of("y"));
  EXPECT_EQ(take(queue).lost, 3u);
}

TEST_F(HistoryQueue, a_closed_queue_gives_its_rest_and_takes_nothing) {
  history_queue queue{lost};
  queue.record(event_of("before"));
  queue.close();
  queue.record(event_of("after"));
  const auto batch = take(queue);
  EXPECT_TRUE(batch.last);
  EXPECT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(lost.Value(), 1);
  queue.abandon();
  queue.record(event_of("much later"));
  EXPECT_EQ(lost.Value(), 1);
}

TEST_F(HistoryQueue, take_returns_at_its_deadline_with_the_bounds_in_force) {
  history_queue queue{lost};
  queue.set_bounds({.age = std::chrono::days{3}, .octets = 77});
  const auto batch = queue.take(clock::now() + 1ms);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.bounds.octets, 77u);
}

TEST_F(HistoryQueue, no_event_of_many_threads_disappears) {
  history_queue queue{lost, {.events = 1000, .octets = 1 << 20, .actions = 1}};
  constexpr int threads = 4;
  constexpr int events = 5000;
  std::vector<std::thread> recording;
  for (int i = 0; i < threads; ++i)
    recording.emplace_back([&] {
      for (int n = 0; n < events; ++n)
        queue.record(event_of("x"));
    });
  uint64_t taken = 0;
  uint64_t missing = 0;
  std::thread writer{[&] {
    for (bool last = false; !last;) {
      const auto batch = take(queue);
      taken += batch.events.size();
      missing += batch.lost;
      last = batch.last;
    }
  }};
  for (auto& thread : recording)
    thread.join();
  queue.close();
  writer.join();
  EXPECT_EQ(taken + missing, uint64_t{threads} * events);
  EXPECT_EQ(lost.Value(), static_cast<double>(missing));
}

} // namespace
} // namespace fedhub
