// Stanzas wait for an absent component node for `timeouts.node`, here 5 s.
#include "tests/unit/actors/routing/node_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class NodeAway : public test::node_test {
protected:
  void up(const connection_actor& x) { post(node, linkup_atom_v, x, questions_taken::of_target); }
  /// Ends a link that has given everything back.
  void cut(const connection_actor& connection) {
    down(connection);
    post(node, drained_atom_v, connection);
  }
  double unavailable() { return bounced(failure::node_unavailable); }
};

TEST_F(NodeAway, answers_all_waiting_stanzas_together) {
  deliver({"1"});
  elapse(3s);
  deliver({"2"});
  elapse(1'990ms);
  EXPECT_THAT(router.answers, IsEmpty());
  elapse(20ms); // the wait began with the hub's start
  EXPECT_THAT(
    router.answers,
    ElementsAre(AllOf(HasSubstr("id='1'"), HasSubstr("service-unavailable")), HasSubstr("id='2'")));
  EXPECT_EQ(unavailable(), 2);
  EXPECT_EQ(queued(), 0);
}

TEST_F(NodeAway, has_what_comes_later_answered_at_once) {
  elapse(5s);
  deliver({"1"});
  EXPECT_EQ(unavailable(), 1);
  elapse(1h, 10s);
  deliver({"2"});
  EXPECT_EQ(unavailable(), 2);
  up(link);
  deliver({"3"});
  EXPECT_THAT(wire.ids(), ElementsAre("3"));
  EXPECT_EQ(unavailable(), 2);
}

TEST_F(NodeAway, is_away_in_time_even_without_a_tick) {
  scheduler().clock().current_time += 5s; // no tick has come yet
  deliver({"1"});
  EXPECT_EQ(unavailable(), 1);
}

TEST_F(NodeAway, is_just_gone_each_time_that_its_link_goes) {
  up(link);
  for (int i = 0; i < 10; ++i) {
    elapse(4s);
    auto& here = i % 2 == 0 ? link : other_link;
    auto& next = i % 2 == 0 ? other_link : link;
    cut(here);
    deliver({std::to_string(i)});
    elapse(4s);
    EXPECT_EQ(queued(), 1);
    up(next);
    EXPECT_EQ(queued(), 0);
  }
  EXPECT_EQ(unavailable(), 0);
  elapse(1h, 10s); // a node with a link is never away
  deliver({"last"});
  EXPECT_THAT(wire.ids(), testing::Contains("last"));
}

TEST_F(NodeAway, is_just_gone_when_the_link_that_waited_for_its_turn_goes) {
  up(link);
  up(other_link); // replaces it
  down(link);
  elapse(4s);
  deliver({"1"});
  down(other_link);
  post(node, drained_atom_v, link);
  elapse(4'990ms);
  EXPECT_EQ(queued(), 1);
  elapse(20ms);
  EXPECT_EQ(unavailable(), 1);
}

TEST_F(NodeAway, is_not_away_while_a_link_waits_for_its_turn) {
  up(link);
  up(other_link);
  down(link);
  deliver({"1"});
  elapse(10s); // the old link is slow to give its stanzas back
  EXPECT_EQ(queued(), 1);
  post(node, drained_atom_v, link);
  EXPECT_THAT(other_wire.ids(), ElementsAre("1"));
}

TEST_F(NodeAway, waits_for_what_its_link_gives_back_before_it_answers) {
  up(link);
  deliver({"1"});
  down(link);
  deliver({"2"});
  elapse(6s);
  EXPECT_THAT(router.answers, IsEmpty());
  give_back(link, wire);
  post(node, drained_atom_v, link);
  EXPECT_THAT(router.answers, ElementsAre(HasSubstr("id='1'"), HasSubstr("id='2'")));
  EXPECT_EQ(queued(), 0);
}

TEST_F(NodeAway, leaves_what_its_link_gives_back_to_the_node_that_stands_in) {
  test::node_log other;
  up(link);
  deliver({"1"});
  down(link);
  hub_->replace(table({node_sink_actor{node}, spawn(test::fake_node, &other)}, {false, true}));
  auto done = fence();
  elapse(6s);
  give_back(link, wire);
  post(node, drained_atom_v, link);
  EXPECT_TRUE(*done);
  EXPECT_THAT(other.ids(), ElementsAre("1"));
  EXPECT_EQ(unavailable(), 0);
}

TEST_F(NodeAway, says_when_it_is_awaited_no_more) {
  up(link);
  cut(link);
  elapse(4'990ms);
  EXPECT_THAT(observer.events, ElementsAre("cm-1 up", "cm-1 down"));
  elapse(1h, 10s);
  EXPECT_THAT(observer.events, ElementsAre("cm-1 up", "cm-1 down", "cm-1 away"));
}

TEST_F(NodeAway, drops_the_hubs_own_answers_to_it) {
  elapse(5s);
  auto batch = messages({"1"});
  batch->stanzas.front().generated = true;
  post(node, deliver_atom_v, batch);
  EXPECT_THAT(router.answers, IsEmpty());
  EXPECT_EQ(metrics.replies.at(reply_result::dropped).Value(), 1);
}

/// A reload changes only `timeouts.node`.
TEST_F(NodeAway, goes_by_the_time_of_the_rules_in_force) {
  for (const bool longer : {true, false}) {
    begin(longer ? "" : "[timeouts]\nnode = 60\n");
    deliver({"1"});
    elapse(1s);
    auto next = *hub_->current();
    next.config.timeouts.node = longer ? 60s : 2s;
    hub_->replace(std::make_shared<const settings>(next));
    post(node, sweep_atom_v, reload_round_ptr{});
    const auto before = unavailable();
    elapse(longer ? 58'900ms : 900ms);
    EXPECT_EQ(unavailable(), before);
    elapse(200ms);
    EXPECT_EQ(unavailable(), before + 1);
  }
}

TEST_F(NodeAway, causes_no_further_ticks) {
  elapse(6s);
  EXPECT_FALSE(scheduler().has_pending_timeout());
}

/// One link after the other comes and goes, and none of them writes a stanza.
TEST_F(NodeAway, keeps_no_stanza_for_ever) {
  up(link);
  deliver({"1"});
  bool ended = false;
  for (int i = 0; i < 100 && !ended; ++i) {
    auto& here = i % 2 == 0 ? link : other_link;
    auto& next = i % 2 == 0 ? other_link : link;
    down(here);
    give_back(here, i % 2 == 0 ? wire : other_wire);
    post(node, drained_atom_v, here);
    elapse(1s);
    ended = unavailable() == 1;
    up(next);
  }
  EXPECT_TRUE(ended);
}

} // namespace
} // namespace fedhub
