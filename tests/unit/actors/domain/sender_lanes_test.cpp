#include "actors/domain/sender_lanes.hpp"

#include <random>

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class SenderLanes : public test::account_test {
protected:
  using entry = sender_lanes::entry;

  ~SenderLanes() override {
    for (auto& [sender, lane] : lanes.all())
      settle(lane.queue.take_all());
  }

  entry& lane_of(int i) {
    return lanes.of(test::domain("s" + std::to_string(i) + ".corp.example")).first;
  }
  void put(entry& entry) {
    auto stanza = source.cut(test::message("1"), now);
    ASSERT_EQ(entry.second.queue.push(stanza), failure::none);
    lanes.note_busy(entry, patience);
  }
  void ask(entry& entry) {
    entry.second.pair.ask(now);
    lanes.note_busy(entry, patience);
  }

  time_point now{1h};
  const lane_patience patience{60s, 30s};
  test::source_stream source;
  sender_lanes lanes{1 << 20, 1'000'000, account};
};

TEST_F(SenderLanes, have_a_way_by_their_state) {
  using way = lane_way;
  using phase = reverse_link::phase;
  reverse_link reverse;
  const struct {
    const char* what;
    bool own_ready, authorised, waits, denied;
    const reverse_link* reverse;
    phase state;
    way expected;
  } table[] = {
    {"authorised", true, true, false, false, nullptr, phase::up, way::own},
    {"not ready", false, true, false, false, nullptr, phase::up, way::none},
    {"not authorised", true, false, false, false, nullptr, phase::up, way::none},
    {"older ones wait", true, true, true, false, nullptr, phase::up, way::none},
    {"denied", true, true, false, true, nullptr, phase::up, way::none},
    {"a peer's stream", true, false, false, false, &reverse, phase::up, way::reverse},
    {"the same before ours", true, true, false, false, &reverse, phase::up, way::reverse},
    {"asked to be ours", true, true, false, false, &reverse, phase::asked, way::none},
    {"has ended", true, true, false, false, &reverse, phase::down, way::none},
    {"denied there", true, false, false, true, &reverse, phase::up, way::none},
    {"older ones wait there", true, false, true, false, &reverse, phase::up, way::none},
  };
  for (const auto& row : table) {
    lane lane{lanes.limits()};
    if (row.authorised)
      lane.pair.authorise();
    if (row.waits) {
      auto stanza = source.cut(test::message("1"), now);
      ASSERT_EQ(lane.queue.push(stanza), failure::none);
    }
    lane.denied = row.denied ? failure::domain_denied : failure::none;
    lane.reverse = row.reverse;
    reverse.state = row.state;
    EXPECT_EQ(lane.way(row.own_ready), row.expected) << row.what;
    EXPECT_EQ(lane.may_reverse(), !row.denied && row.reverse == nullptr && !row.authorised)
      << row.what;
    EXPECT_EQ(lane.waits(), row.waits && row.reverse == nullptr) << row.what;
    settle(lane.queue.take_all());
  }
}

TEST_F(SenderLanes, are_busy_as_long_as_something_waits) {
  auto& a = lane_of(1);
  auto& b = lane_of(2);
  EXPECT_THAT(lanes.busy(), IsEmpty());
  EXPECT_FALSE(lanes.stanzas_wait());
  EXPECT_EQ(lanes.first_waiting(), nullptr);
  ask(b);
  EXPECT_FALSE(lanes.stanzas_wait());
  EXPECT_EQ(lanes.first_waiting(), nullptr);
  put(a);
  put(a);
  EXPECT_THAT(lanes.busy(), testing::ElementsAre(&b, &a));
  EXPECT_TRUE(lanes.stanzas_wait());
  EXPECT_EQ(lanes.first_waiting(), &a);
  lanes.note_node();
  settle(a.second.queue.take_all());
  lanes.prune_busy();
  EXPECT_THAT(lanes.busy(), testing::ElementsAre(&b));
  EXPECT_TRUE(lanes.node_waits());
  b.second.pair.authorise();
  lanes.prune_busy();
  EXPECT_THAT(lanes.busy(), IsEmpty());
  EXPECT_FALSE(lanes.node_waits());
}

TEST_F(SenderLanes, that_have_another_stream_do_not_wait_for_the_hubs_own) {
  reverse_link reverse;
  auto& a = lane_of(1);
  a.second.reverse = &reverse;
  put(a);
  EXPECT_FALSE(lanes.stanzas_wait());
  EXPECT_EQ(lanes.first_waiting(), &a);
}

TEST_F(SenderLanes, are_forgotten_if_nothing_is_lost_with_them) {
  reverse_link reverse;
  lane_of(1);
  put(lane_of(2));
  ask(lane_of(3));
  lane_of(4).second.reverse = &reverse;
  lane_of(5).second.pair.authorise();
  lane_of(6).second.pair.refuse(now, failure::dialback_refused, {});
  lanes.forget_idle();
  EXPECT_THAT(lanes.all(), SizeIs(5));
  EXPECT_EQ(lanes.find(test::domain("s1.corp.example")), nullptr);
  EXPECT_TRUE(lanes.carries_pair());
  lanes.end_stream();
  EXPECT_FALSE(lanes.carries_pair());
  EXPECT_FALSE(lanes.holds_stream());
  lanes.forget_idle();
  EXPECT_THAT(lanes.all(), SizeIs(3)) << "with stanzas, another stream, or a refusal";
}

TEST_F(SenderLanes, without_a_time_limit_are_due_for_their_sources_only) {
  auto& a = lane_of(1);
  put(a);
  EXPECT_EQ(a.second.due({1s, 30s}), std::min(a.second.queue.next_due(), now + 1s));
  EXPECT_EQ(a.second.due({std::nullopt, 30s}), a.second.queue.next_due());
}

/// Random events: a lane is in `busy` exactly once if it is marked so, and otherwise not. All lanes
/// with work are in it. Nothing is due before `due`, and after a round `due` lies in the future.
TEST_F(SenderLanes, keep_what_they_promise_after_every_event) {
  std::minstd_rand random{3};
  reverse_link reverse;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::milliseconds{random() % 40};
    auto& any = lane_of(static_cast<int>(random() % 12));
    auto& lane = any.second;
    switch (random() % 10) {
    case 0:
    case 1:
      put(any);
      break;
    case 2:
      if (lane.pair.may_ask(now))
        ask(any);
      break;
    case 3:
      lane.pair.authorise();
      break;
    case 4:
      lane.pair.refuse(now, failure::dialback_refused, "no");
      break;
    case 5:
      settle(lane.queue.take_all());
      break;
    case 6:
      lane.reverse = lane.may_reverse() ? &reverse : nullptr;
      break;
    case 7:
      lanes.end_stream();
      break;
    case 8:
      random() % 2 == 0 ? lanes.prune_busy() : lanes.forget_idle();
      break;
    default:
      lanes.begin_round();
      for (auto* entry : lanes.busy()) {
        auto& due = entry->second;
        settle(due.queue.take_older(now - *patience.queue));
        due.queue.condense(now);
        for (auto& x : due.queue.settle_in(now))
          account.dropped(x.value, x.why);
        if (now >= due.pair.due(patience.dialback))
          due.pair.refuse(now, failure::dialback_timeout, {});
        lanes.due_by(due.due(patience));
      }
      ASSERT_GT(lanes.due(), now);
    }
    size_t marked = 0;
    for (auto& entry : lanes.all()) {
      const auto times = std::ranges::count(lanes.busy(), &entry);
      ASSERT_EQ(times, entry.second.busy ? 1 : 0) << "event " << i;
      ASSERT_TRUE(entry.second.busy || !entry.second.has_work()) << "event " << i;
      if (entry.second.has_work()) {
        ASSERT_LE(lanes.due(), entry.second.due(patience)) << "event " << i;
      }
      marked += entry.second.busy ? 1 : 0;
    }
    ASSERT_EQ(lanes.busy().size(), marked) << "event " << i;
  }
}

} // namespace
} // namespace fedhub
