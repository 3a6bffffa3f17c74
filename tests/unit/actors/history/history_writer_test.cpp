// The history's thread, and a disk that stalls.
#include "actors/history/history_writer.hpp"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <prometheus/counter.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A disk on which writes wait until it is released.
struct stalled_disk {
  std::promise<void> release;
  std::shared_future<void> released{release.get_future()};
  std::promise<void> reached; ///< a write waits.
};

/// What the sink of a test has seen; outlives the sink.
struct seen_by_sink {
  std::atomic<uint64_t> events{0};
  std::atomic<uint64_t> lost{0};
  std::atomic<bool> destroyed{false};
  std::atomic<bool> fails{false};
};

class test_sink : public history_sink {
public:
  test_sink(std::shared_ptr<seen_by_sink> seen, std::shared_ptr<stalled_disk> disk)
    : seen_{std::move(seen)}, disk_{std::move(disk)} {}
  ~test_sink() override { seen_->destroyed = true; }

  bool write(const history_batch& batch) override {
    if (disk_ && !std::exchange(stalled_, true)) {
      disk_->reached.set_value();
      disk_->released.wait();
    }
    if (seen_->fails)
      return false;
    seen_->events += batch.events.size();
    seen_->lost += batch.lost;
    return true;
  }
  void tend(const history_bounds&) override {}
  uint64_t take_gone() override { return 0; }

private:
  std::shared_ptr<seen_by_sink> seen_;
  std::shared_ptr<stalled_disk> disk_;
  bool stalled_ = false;
};

class HistoryWriter : public testing::Test {
protected:
  std::unique_ptr<history_writer> start(std::function<void()> written = {},
                                        std::chrono::milliseconds patience = 5s) {
    return std::make_unique<history_writer>(
      queue, [this] { return std::make_unique<test_sink>(seen, disk); }, std::move(written),
      patience);
  }
  void record(uint64_t events) {
    for (uint64_t i = 0; i < events; ++i)
      queue->record({.kind = admin::event_kind::stream, .domain = "a.example"});
  }

  prometheus::Counter lost;
  std::shared_ptr<history_queue> queue = std::make_shared<history_queue>(lost);
  std::shared_ptr<seen_by_sink> seen = std::make_shared<seen_by_sink>();
  std::shared_ptr<stalled_disk> disk;
};

TEST_F(HistoryWriter, its_end_writes_what_was_recorded_before) {
  auto writer = start();
  record(100);
  writer.reset();
  EXPECT_EQ(seen->events, 100u);
  EXPECT_TRUE(seen->destroyed);
}

TEST_F(HistoryWriter, reports_that_events_were_written) {
  std::promise<void> written;
  auto writer = start([&, once = false]() mutable {
    if (!std::exchange(once, true))
      written.set_value();
  });
  record(1);
  EXPECT_EQ(written.get_future().wait_for(5s), std::future_status::ready);
}

TEST_F(HistoryWriter, a_stalled_disk_costs_events_and_no_time) {
  disk = std::make_shared<stalled_disk>();
  auto writer = start();
  record(1);
  ASSERT_EQ(disk->reached.get_future().wait_for(5s), std::future_status::ready);
  const auto most = history_queue::limits{}.events;
  constexpr uint64_t events = 100'000;
  auto slowest = clock::duration::zero();
  const auto begin = clock::now();
  for (uint64_t i = 0; i < events; ++i) {
    const auto before = clock::now();
    record(1);
    slowest = std::max(slowest, clock::now() - before);
  }
  EXPECT_LT(clock::now() - begin, 5s) << "50 us an event, on a busy machine without optimisation";
  EXPECT_LT(slowest, 1s) << "the disk is stalled for longer than this test lasts";
  EXPECT_EQ(lost.Value(), static_cast<double>(events - most));
  disk->release.set_value();
  writer.reset();
  EXPECT_EQ(seen->events, most + 1);
  EXPECT_EQ(seen->lost, events - most);
}

TEST_F(HistoryWriter, its_end_does_not_wait_for_a_stalled_disk_for_ever) {
  disk = std::make_shared<stalled_disk>();
  auto writer = start({}, 100ms);
  record(1);
  ASSERT_EQ(disk->reached.get_future().wait_for(5s), std::future_status::ready);
  const auto begin = clock::now();
  writer.reset();
  EXPECT_GE(clock::now() - begin, 100ms);
  EXPECT_LT(clock::now() - begin, 5s);
  disk->release.set_value();
}

TEST_F(HistoryWriter, events_that_the_sink_refuses_are_counted) {
  seen->fails = true;
  auto writer = start();
  record(7);
  writer.reset();
  EXPECT_EQ(lost.Value(), 7);
}

} // namespace
} // namespace fedhub
