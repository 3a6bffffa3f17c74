#include "actors/interfaces/router.hpp"

#include "actors/routing/spawn_router.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using test::sink_log;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

stanza_sink_actor::behavior_type fake_sink(stanza_sink_actor::pointer, sink_log* log) {
  return {[=](deliver_atom, const stanza_batch_ptr& x) { log->take(*x); }};
}

class Router : public test::hub_test {
protected:
  Router() {
    start(R"(
[federation]
privacy_mode = "deny-list"
deny = ["bad.example"]
[[node]]
name = "one"
domains = ["one.example"]
secret = "s"
[[node]]
name = "two-a"
domains = ["two.example"]
secret = "s"
[[node]]
name = "two-b"
domains = ["two.example"]
secret = "s"
[[node]]
name = "server"
domains = ["server.example"]
protocol = "s2s"
address = "10.0.0.5"
trusted_from = ["10.0.0.5"]
)");
    for (auto* log : {&one, &two_a, &two_b})
      nodes.push_back(spawn(test::fake_node, log));
    nodes.push_back(node_sink_actor{}); // s2s nodes have no node actor
    subject = keep(spawn_router(system(), hub_, table(nodes), 0));
    run();
  }

  void route(std::initializer_list<std::pair<std::string_view, std::string_view>> id_and_to) {
    std::vector<stanza> xs;
    for (auto& [id, to] : id_and_to)
      xs.push_back(cut(test::message(id, to)));
    post(subject, route_atom_v, batch_of(std::move(xs)));
  }
  void found(std::string_view name, sink_log& log) {
    post(subject, found_atom_v, test::domain(name), spawn(fake_sink, &log));
  }
  /// Returns the node to which a user of two.example belongs if these nodes are live.
  test::node_log& home_of(std::string_view jid, const std::vector<bool>& live = {}) {
    auto result = table(nodes, live);
    auto& chosen = result->choose(*result->serving(test::domain("two.example")), jid);
    return chosen.name == "two-a" ? two_a : two_b;
  }
  /// Returns a user of two.example who belongs to this node.
  std::string user_of(test::node_log& home) {
    for (int i = 0;; ++i) {
      auto jid = "user" + std::to_string(i) + "@two.example";
      if (&home_of(jid) == &home)
        return jid;
    }
  }
  test::node_log one, two_a, two_b;
  std::vector<node_sink_actor> nodes;
  router_actor subject;
};

TEST_F(Router, sends_one_batch_to_each_destination) {
  auto user = user_of(two_a), other = user_of(two_b);
  route({{"1", "a@one.example"}, {"2", user}, {"3", "b@one.example/r"}, {"4", other}, {"5", user}});
  EXPECT_THAT(one.ids(), ElementsAre("1", "3"));
  EXPECT_EQ(one.batches, 1);
  EXPECT_THAT(two_a.ids(), ElementsAre("2", "5"));
  EXPECT_EQ(two_a.batches, 1);
  EXPECT_THAT(two_b.ids(), ElementsAre("4"));
}

TEST_F(Router, keeps_a_user_at_one_node_whatever_the_resource) {
  auto user = user_of(two_a);
  route({{"1", user}, {"2", user + "/phone"}, {"3", user + "/desk"}});
  EXPECT_THAT(two_a.ids(), ElementsAre("1", "2", "3"));
}

TEST_F(Router, asks_the_directory_once_and_keeps_the_order_while_it_waits) {
  route({{"1", "a@partner.example"}, {"2", "b@partner.example"}});
  route({{"3", "a@partner.example"}});
  EXPECT_THAT(directory.lookups, ElementsAre("partner.example"));
  sink_log partner;
  found("partner.example", partner);
  EXPECT_THAT(partner.ids(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(partner.batches, 1);
  route({{"4", "a@partner.example"}});
  EXPECT_THAT(partner.ids(), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(directory.lookups, SizeIs(1));
}

TEST_F(Router, keeps_the_stanzas_of_many_domains_apart_that_come_mixed) {
  constexpr int domains = 200;
  std::vector<sink_log> logs(domains);
  const auto name = [](int i) { return "d" + std::to_string(i) + ".example"; };
  std::vector<stanza> xs;
  for (const auto* id : {"1", "2", "3"})
    for (int i = 0; i < domains; ++i)
      xs.push_back(cut(test::message(id, "a@" + name(i))));
  for (int i = 0; i < domains; ++i) {
    route({{"0", "a@" + name(i)}});
    found(name(i), logs[i]);
  }
  post(subject, route_atom_v, batch_of(std::move(xs)));
  EXPECT_THAT(directory.lookups, SizeIs(domains));
  for (auto& log : logs) {
    EXPECT_THAT(log.ids(), ElementsAre("0", "1", "2", "3"));
    EXPECT_EQ(log.batches, 2);
  }
}

TEST_F(Router, forgets_domains_in_the_middle_of_a_turn_when_there_are_too_many) {
  constexpr int as_many_as_it_remembers = 65536;
  sink_log partner;
  route({{"1", "a@partner.example"}});
  found("partner.example", partner);
  std::vector<stanza> xs;
  for (int i = 1; i < as_many_as_it_remembers; ++i)
    xs.push_back(cut(test::message("x", "a@d" + std::to_string(i) + ".example")));
  post(subject, route_atom_v, batch_of(std::move(xs)));
  route({{"2", "a@partner.example"}, {"x", "a@one-more.example"}, {"3", "a@partner.example"}});
  EXPECT_THAT(partner.ids(), ElementsAre("1", "2"));
  EXPECT_EQ(directory.lookups.back(), "partner.example");
  found("partner.example", partner);
  EXPECT_THAT(partner.ids(), ElementsAre("1", "2", "3"));
}

TEST_F(Router, has_the_domains_of_s2s_nodes_served_by_domain_actors) {
  route({{"1", "a@server.example"}});
  EXPECT_THAT(directory.lookups, ElementsAre("server.example"));
}

TEST_F(Router, bounces_what_policy_denies_without_asking_the_directory) {
  route({{"1", "a@bad.example"}});
  EXPECT_THAT(directory.lookups, IsEmpty());
  EXPECT_THAT(router.answers, ElementsAre(HasSubstr("id='1'")));
  EXPECT_EQ(bounced(failure::domain_denied), 1);
}

TEST_F(Router, bounces_what_has_no_address) {
  auto pieces = cut(test::message("1"));
  pieces.to = nullptr;
  std::vector<stanza> xs;
  xs.push_back(std::move(pieces));
  post(subject, route_atom_v, batch_of(std::move(xs)));
  EXPECT_EQ(bounced(failure::bad_address), 1);
}

TEST_F(Router, looks_a_domain_up_again_once_it_was_told_to_forget_it) {
  sink_log before, after;
  route({{"1", "a@partner.example"}});
  found("partner.example", before);
  bool forgotten = false;
  spawn(
    [&](caf::event_based_actor* self, const router_actor& to) {
      self->request(to, caf::infinite, forget_atom_v, test::domain("partner.example"))
        .then([&](forget_atom) { forgotten = true; });
    },
    subject);
  run();
  EXPECT_TRUE(forgotten);
  route({{"2", "a@partner.example"}});
  EXPECT_THAT(before.ids(), ElementsAre("1"));
  found("partner.example", after);
  EXPECT_THAT(after.ids(), ElementsAre("2"));
}

TEST_F(Router, holds_the_domains_of_several_nodes_while_a_change_of_nodes_is_under_way) {
  auto user = user_of(two_a);
  route({{"1", user}});
  // The first node goes down: its users belong to the second one from now on.
  post(subject, table_atom_v, table(nodes, {true, false, true}));
  EXPECT_EQ(two_a.fences, 1);
  EXPECT_EQ(two_b.fences, 1);
  EXPECT_EQ(one.fences, 0); // it shares no domain
  route({{"2", user}, {"3", "a@one.example"}});
  EXPECT_THAT(one.ids(), ElementsAre("3")); // other domains are not held
  EXPECT_THAT(two_b.ids(), IsEmpty());
  let_answer(nodes[2]);
  EXPECT_THAT(two_b.ids(), IsEmpty());
  let_answer(nodes[1]); // it has passed on the stanzas that it held
  route({{"4", user}});
  EXPECT_THAT(two_a.ids(), ElementsAre("1"));
  EXPECT_THAT(two_b.ids(), ElementsAre("2", "4"));
}

TEST_F(Router, fences_a_node_that_begins_to_share_its_domain) {
  config.nodes[1].domains.push_back(config.nodes[0].domains.front());
  post(subject, table_atom_v, table(nodes, {false, true, false}));
  EXPECT_EQ(one.fences, 1);
  route({{"1", "a@one.example"}});
  EXPECT_THAT(two_a.ids(), IsEmpty());
  for (auto& node : {nodes[0], nodes[1], nodes[2]})
    let_answer(node);
  EXPECT_THAT(two_a.ids(), ElementsAre("1"));
}

TEST_F(Router, keeps_the_order_when_a_domain_is_shared_no_more) {
  auto user = user_of(two_b);
  post(subject, table_atom_v, table(nodes, {true, false, true}));
  route({{"1", user}}); // waits for the fences
  config.nodes[1].domains = config.nodes[0].domains;
  config.nodes[0].domains.clear();
  post(subject, table_atom_v, table(nodes, {true, false, true}));
  route({{"2", user}});
  EXPECT_THAT(two_b.ids(), IsEmpty());
  let_answer(nodes[1], 2);
  let_answer(nodes[2], 2);
  EXPECT_THAT(two_b.ids(), ElementsAre("1", "2"));
  route({{"3", user}});
  EXPECT_THAT(two_b.ids(), ElementsAre("1", "2", "3"));
}

TEST_F(Router, waits_for_the_fences_of_every_change) {
  auto user = user_of(two_a);
  post(subject, table_atom_v, table(nodes, {true, false, true}));
  route({{"1", user}});
  post(subject, table_atom_v, table(nodes, {true, true, true})); // the node is back already
  let_answer(nodes[1], 1);
  let_answer(nodes[2], 2);
  EXPECT_THAT(two_a.ids(), IsEmpty());
  let_answer(nodes[1], 1);
  EXPECT_THAT(two_a.ids(), ElementsAre("1"));
  EXPECT_THAT(two_b.ids(), IsEmpty());
}

TEST_F(Router, does_not_wait_for_a_node_that_is_gone) {
  auto user = user_of(two_b);
  caf::anon_send_exit(nodes[1], caf::exit_reason::kill);
  run();
  post(subject, table_atom_v, table(nodes, {true, false, true}));
  route({{"1", user}});
  EXPECT_THAT(two_b.ids(), IsEmpty());
  let_answer(nodes[2]);
  EXPECT_THAT(two_b.ids(), ElementsAre("1"));
}

TEST_F(Router, counts_what_it_still_holds_when_it_ends) {
  route({{"1", "a@partner.example"}});
  post(subject, table_atom_v, table(nodes));
  route({{"2", user_of(two_a)}});
  caf::anon_send_exit(subject, caf::exit_reason::kill);
  run();
  EXPECT_EQ(dropped(failure::shutting_down), 2);
}

} // namespace
} // namespace fedhub
