#include "tests/unit/actors/routing/node_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::connection_log;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Node = test::node_test;

TEST_F(Node, passes_stanzas_to_its_link) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1", "2"});
  deliver({"3"});
  EXPECT_THAT(wire.ids(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(queued(), 0);
  EXPECT_THAT(observer.events, ElementsAre("cm-1 up"));
}

TEST_F(Node, keeps_stanzas_while_it_is_down_and_sends_them_in_order) {
  deliver({"1", "2"});
  deliver({"3"});
  EXPECT_EQ(queued(), 3);
  elapse(4'990ms);
  post(node, linkup_atom_v, link, questions_taken::of_target);
  EXPECT_THAT(wire.ids(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(wire.batches, 1);
  EXPECT_EQ(queued(), 0);
  EXPECT_THAT(router.answers, IsEmpty());
}

TEST_F(Node, soon_holds_back_a_source_by_its_own_stanzas_only) {
  post(node, deliver_atom_v, one_of_many(200));
  elapse(19ms, 1ms);
  EXPECT_EQ(held_back(), 200 + around);
  elapse(1ms, 1ms);
  EXPECT_EQ(held_back(), 200);
  post(node, deliver_atom_v, one_of_many(300));
  EXPECT_EQ(held_back(), 500);
  elapse(200ms);
  EXPECT_EQ(held_back(), 0) << "by then they are copied for its queue";
  EXPECT_EQ(queued(), 2);
}

TEST_F(Node, refuses_what_its_queue_has_no_room_for) {
  begin("[limits]\nqueue_stanzas_per_domain = 2\n");
  deliver({"1", "2", "3"});
  EXPECT_THAT(router.answers, IsEmpty()); // at first its source is held back
  elapse(300ms);
  EXPECT_THAT(router.answers, ElementsAre(HasSubstr("id='3'")));
  deliver({"4"});
  EXPECT_EQ(bounced(failure::queue_full), 2);
  post(node, linkup_atom_v, link, questions_taken::of_target);
  EXPECT_THAT(wire.ids(), ElementsAre("1", "2"));
}

TEST_F(Node, sends_what_a_link_gave_back_before_what_came_meanwhile) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1", "2"});
  down(link);
  EXPECT_EQ(wire.released, 1);
  EXPECT_THAT(observer.events, ElementsAre("cm-1 up", "cm-1 down"));
  deliver({"3"}); // arrives before the link has given anything back
  EXPECT_THAT(wire.ids(), ElementsAre("1", "2"));
  give_back(link, wire);
  deliver({"4"});
  post(node, drained_atom_v, link);
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  EXPECT_THAT(other_wire.ids(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(Node, lets_a_new_connection_take_the_place_of_the_old_one) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1", "2"});
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  ASSERT_EQ(wire.closed.size(), 1u);
  EXPECT_EQ(wire.closed[0].error, stream_error::conflict);
  deliver({"3"}); // still goes to the old link, until that has ended
  down(link);
  EXPECT_EQ(wire.released, 1);
  deliver({"4"});
  EXPECT_THAT(other_wire.ids(), IsEmpty());
  EXPECT_THAT(wire.ids(), ElementsAre("1", "2", "3"));
  give_back(link, wire);
  post(node, drained_atom_v, link);
  EXPECT_THAT(other_wire.ids(), ElementsAre("1", "2", "3", "4"));
  deliver({"5"});
  EXPECT_EQ(other_wire.ids().back(), "5");
  EXPECT_TRUE(other_wire.closed.empty());
}

TEST_F(Node, is_not_affected_by_a_new_connection_that_ends_before_its_turn) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  down(other_link);
  EXPECT_EQ(other_wire.released, 1);
  post(node, drained_atom_v, other_link);
  down(link);
  post(node, drained_atom_v, link);
  deliver({"1"});
  EXPECT_EQ(queued(), 1);
  EXPECT_TRUE(other_wire.stanzas.empty());
}

TEST_F(Node, leaves_no_connection_waiting_whose_turn_another_took) {
  connection_log third_wire;
  auto third = spawn(test::fake_connection, &third_wire);
  post(node, linkup_atom_v, link, questions_taken::of_target);
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  post(node, linkup_atom_v, third, questions_taken::of_target);
  ASSERT_EQ(other_wire.closed.size(), 1u);
  EXPECT_EQ(other_wire.closed[0].error, stream_error::conflict);
  down(link);
  post(node, drained_atom_v, link);
  down(other_link);
  post(node, drained_atom_v, other_link);
  deliver({"1"});
  EXPECT_THAT(third_wire.ids(), ElementsAre("1"));
  EXPECT_TRUE(third_wire.closed.empty());
}

TEST_F(Node, answers_a_fence_at_once_while_its_link_is_whole) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  EXPECT_TRUE(*fence());
}

TEST_F(Node, passes_on_what_waits_to_the_node_that_stands_in_before_it_answers_a_fence) {
  test::node_log stand_in;
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1"});
  down(link);
  hub_->replace(table({node_sink_actor{node}, spawn(test::fake_node, &stand_in)}, {false, true}));
  deliver({"2"});
  auto done = fence();
  EXPECT_FALSE(*done); // the link has not given its stanzas back yet
  give_back(link, wire);
  EXPECT_THAT(stand_in.ids(), IsEmpty());
  post(node, drained_atom_v, link);
  EXPECT_TRUE(*done);
  EXPECT_THAT(stand_in.ids(), ElementsAre("1", "2"));
  EXPECT_EQ(queued(), 0);
}

TEST_F(Node, answers_what_its_link_gives_back_once_later_stanzas_have_gone_to_another_node) {
  test::node_log other;
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1"}); // goes into the link's outbox
  hub_->replace(table({node_sink_actor{node}, spawn(test::fake_node, &other)}, {false, true}));
  EXPECT_TRUE(*fence()); // the addressee belongs to the other node now
  elapse(10ms);
  deliver({"2"}); // a newer table assigns the addressee to this node again
  down(link);
  give_back(link, wire);
  post(node, drained_atom_v, link);
  EXPECT_EQ(bounced(failure::node_unavailable), 1);
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  EXPECT_THAT(other_wire.ids(), ElementsAre("2"));
  EXPECT_THAT(other.ids(), IsEmpty());
}

TEST_F(Node, answers_what_its_next_link_gives_back_once_later_stanzas_have_gone_to_another_node) {
  for (const bool newer_rules : {false, true}) {
    test::node_log other;
    post(node, linkup_atom_v, link, questions_taken::of_target);
    post(node, linkup_atom_v, other_link, questions_taken::of_target); // waits for its turn
    deliver({"1"});
    down(link);
    const auto stand_in = node_sink_actor{spawn(test::fake_node, &other)};
    hub_->replace(table({node_sink_actor{node}, stand_in}, {false, true}));
    auto done = fence();
    if (newer_rules) // which the requester of the fence does not know yet
      hub_->replace(table({node_sink_actor{node}, stand_in}, {true, false}));
    give_back(link, wire);
    post(node, drained_atom_v, link);
    EXPECT_THAT(other_wire.ids(), ElementsAre("1"));
    EXPECT_TRUE(*done); // the addressee belongs to the other node now
    const auto before = bounced(failure::node_unavailable);
    down(other_link);
    give_back(other_link, other_wire);
    post(node, drained_atom_v, other_link);
    EXPECT_EQ(bounced(failure::node_unavailable), before + 1);
    EXPECT_EQ(queued(), 0);
  }
}

TEST_F(Node, goes_by_the_last_table_when_several_fences_were_waited_for) {
  test::node_log other;
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1"});
  down(link);
  const auto stand_in = node_sink_actor{spawn(test::fake_node, &other)};
  std::vector<std::shared_ptr<bool>> done;
  for (const bool live : {true, false}) {
    hub_->replace(
      table({node_sink_actor{node}, live ? stand_in : node_sink_actor{}}, {false, live}));
    done.push_back(fence());
  }
  give_back(link, wire);
  post(node, drained_atom_v, link);
  for (auto& x : done)
    EXPECT_TRUE(*x);
  EXPECT_THAT(other.ids(), IsEmpty());
  EXPECT_EQ(queued(), 1);
}

TEST_F(Node, keeps_what_nobody_stands_in_for) {
  hub_->replace(table({node_sink_actor{node}, {}}, {false, false}));
  std::vector<stanza> xs;
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) { // some belong to the other node, which has no actor in this test
    ids.push_back(std::to_string(i));
    xs.push_back(cut(test::message(ids.back(), "user" + ids.back() + "@corp.example")));
  }
  post(node, deliver_atom_v, batch_of(std::move(xs)));
  EXPECT_TRUE(*fence());
  post(node, linkup_atom_v, link, questions_taken::of_target);
  EXPECT_EQ(wire.ids(), ids);
}

TEST_F(Node, bounces_what_waits_and_closes_its_link_when_it_stops) {
  deliver({"1"});
  stop(failure::shutting_down);
  EXPECT_EQ(bounced(failure::shutting_down), 1);
  deliver({"2"});
  EXPECT_EQ(bounced(failure::shutting_down), 2);
  post(node, linkup_atom_v, link, questions_taken::of_target); // too late
  ASSERT_EQ(wire.closed.size(), 1u);
  EXPECT_EQ(wire.closed[0].error, stream_error::system_shutdown);
  EXPECT_THAT(router.answers, Each(HasSubstr(describe(failure::shutting_down))));
}

TEST_F(Node, bounces_what_its_link_gives_back_after_it_stopped) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  deliver({"1"});
  stop(failure::shutting_down);
  ASSERT_EQ(wire.closed.size(), 1u);
  down(link);
  give_back(link, wire);
  post(node, drained_atom_v, link);
  EXPECT_EQ(bounced(failure::shutting_down), 1);
  EXPECT_EQ(queued(), 0);
}

// ---- links that end out of order ---------------------------------------------------------------

TEST_F(Node, goes_on_when_its_links_actor_fails) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  caf::anon_send_exit(link, caf::exit_reason::unhandled_exception);
  run();
  EXPECT_THAT(observer.events, ElementsAre("cm-1 up", "cm-1 down"));
  deliver({"1"});
  EXPECT_EQ(queued(), 1);
  EXPECT_TRUE(*fence());
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  EXPECT_THAT(other_wire.ids(), ElementsAre("1"));
}

TEST_F(Node, uses_the_next_link_when_the_actor_of_the_old_one_fails) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  post(node, linkup_atom_v, other_link, questions_taken::of_target); // takes its place
  caf::anon_send_exit(link, caf::exit_reason::unhandled_exception);
  run();
  deliver({"1"});
  EXPECT_THAT(other_wire.ids(), ElementsAre("1"));
}

TEST_F(Node, forgets_a_next_link_whose_actor_fails) {
  post(node, linkup_atom_v, link, questions_taken::of_target);
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  caf::anon_send_exit(other_link, caf::exit_reason::unhandled_exception);
  run();
  down(link);
  post(node, drained_atom_v, link);
  deliver({"1"});
  EXPECT_EQ(queued(), 1);
  EXPECT_THAT(other_wire.ids(), IsEmpty());
}

// ---- the hub's stop ----------------------------------------------------------------------------

TEST_F(Node, takes_stanzas_while_the_hub_stops_only_if_its_link_is_up) {
  const auto why = std::make_shared<const link_end>(
    link_end{stream_error::system_shutdown, failure::shutting_down, {}});
  deliver({"waits"});
  post(node, drain_atom_v, why);
  EXPECT_THAT(router.answers, ElementsAre(HasSubstr("id='waits'")));
  post(node, linkup_atom_v, link, questions_taken::of_target);
  EXPECT_EQ(wire.closed.size(), 1u); // too late
  begin("");
  post(node, linkup_atom_v, other_link, questions_taken::of_target);
  post(node, drain_atom_v, why);
  deliver({"1"});
  EXPECT_THAT(other_wire.ids(), ElementsAre("1"));
  EXPECT_TRUE(other_wire.closed.empty());
}

} // namespace
} // namespace fedhub
