#include "actors/interfaces/directory.hpp"

#include <caf/scoped_actor.hpp>

#include "actors/routing/spawn_directory.hpp"
#include "protocol/events/stream_action.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A directory, the domain actors that it starts, and two routers.
class Directory : public test::hub_test {
protected:
  static constexpr auto grace = 60s;

  Directory() {
    start(test::own_domains);
    hub_->routers.push_back(spawn(test::fake_router, &second_router, &hub_->account));
    hub_->directory = subject = keep(spawn_directory(system(), hub_, hub_->table()));
    auto nobody = std::make_shared<resolution>();
    nobody->why = failure::dns_not_found;
    resolver.answer = nobody;
    run();
  }
  void look_up(std::string_view name) {
    post(subject, lookup_atom_v, test::domain(name), hub_->routers[0]);
  }
  double domains() { return metrics.domains_active.Value(); }
  void deliver(std::string_view id) {
    post(router.sinks.back(), deliver_atom_v,
         messages({id}, "b@partner.example", "a@corp.example"));
  }

  directory_actor subject;
  test::router_log second_router;
};

TEST_F(Directory, has_one_actor_for_each_domain) {
  look_up("partner.example");
  look_up("another.example");
  post(subject, lookup_atom_v, test::domain("partner.example"), hub_->routers[1]);
  EXPECT_THAT(router.found, ElementsAre("partner.example", "another.example"));
  EXPECT_THAT(second_router.found, ElementsAre("partner.example"));
  EXPECT_EQ(router.sinks[0], second_router.sinks[0]);
  EXPECT_NE(router.sinks[0], router.sinks[1]);
  EXPECT_EQ(domains(), 2);
}

TEST_F(Directory, has_only_a_domain_with_an_actor_describe_itself) {
  look_up("partner.example");
  const auto described = [&](std::string_view name) {
    caf::scoped_actor self{system()};
    auto pending =
      self->request(subject, caf::infinite, describe_atom_v, test::domain(name), description::row);
    run();
    domain_news_ptr result;
    pending.receive([&](const domain_news_ptr& news) { result = news; }, [](const caf::error&) {});
    return result;
  };
  ASSERT_NE(described("partner.example"), nullptr);
  EXPECT_EQ(described("partner.example")->domain.str(), "partner.example");
  EXPECT_EQ(described("another.example"), nullptr);
  EXPECT_EQ(domains(), 1); // the question has not made one
}

TEST_F(Directory, keeps_room_for_what_nodes_send_whatever_strangers_ask_about) {
  resolver.answer = nullptr; // the domains stay in use
  const auto small = keep(spawn_directory(system(), hub_, hub_->table(), 8));
  int keys = 0;
  // Returns whether the directory had no room.
  const auto refused = [&](dns_party party) {
    test::verifier_log asker;
    verify_key question{
      {test::domain("d" + std::to_string(++keys) + ".example"), test::domain("corp.example")},
      "id",
      "key"};
    post(small, verify_atom_v,
         std::make_shared<const verification>(verification{question, {}, {}, {}, {party, {}}}),
         spawn(test::fake_verifier, &asker));
    return !asker.answers.empty() && asker.answers[0]->why == failure::memory_full;
  };
  for (int i = 0; i < 4; ++i)
    EXPECT_FALSE(refused(dns_party::stranger)) << i;
  EXPECT_TRUE(refused(dns_party::stranger)) << "half of all";
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(refused(dns_party::remote)) << i;
  EXPECT_TRUE(refused(dns_party::remote)) << "three quarters, with those of strangers";
  for (auto name : {"e1.example", "e2.example", "e3.example"})
    post(small, lookup_atom_v, test::domain(name), hub_->routers[0]);
  ASSERT_THAT(router.sinks, SizeIs(3));
  EXPECT_TRUE(router.sinks[1]) << "all";
  EXPECT_FALSE(router.sinks[2]);
}

TEST_F(Directory, passes_a_question_of_dialback_to_the_sender_domains_actor) {
  test::verifier_log asker;
  verify_key question{{test::domain("partner.example"), test::domain("corp.example")}, "id", "key"};
  post(subject, verify_atom_v,
       std::make_shared<const verification>(verification{question, {}, {}, {}}),
       spawn(test::fake_verifier, &asker));
  ASSERT_THAT(resolver.questions, SizeIs(1));
  EXPECT_EQ(resolver.questions[0].domain, "partner.example");
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->why, failure::dns_not_found);
}

TEST_F(Directory, lets_an_unused_domain_end_once_every_router_has_forgotten_it) {
  second_router.silent = true;
  look_up("partner.example");
  elapse(grace - 1s, 1s);
  EXPECT_THAT(router.forgotten, IsEmpty());
  elapse(2s);
  EXPECT_THAT(router.forgotten, ElementsAre("partner.example"));
  EXPECT_THAT(second_router.forgotten, ElementsAre("partner.example"));
  EXPECT_EQ(domains(), 1); // one router may still send to it
  let_answer(hub_->routers[1]);
  EXPECT_EQ(domains(), 0);
}

TEST_F(Directory, starts_a_new_actor_for_a_domain_that_ended) {
  look_up("partner.example");
  elapse(grace + 1s, 1s);
  ASSERT_EQ(domains(), 0);
  look_up("partner.example");
  ASSERT_THAT(router.sinks, SizeIs(2));
  EXPECT_NE(router.sinks[0], router.sinks[1]);
  deliver("1");
  EXPECT_THAT(router.answers, SizeIs(1));
}

TEST_F(Directory, answers_who_asks_for_a_domain_that_is_ending_when_it_has_ended) {
  second_router.silent = true;
  look_up("partner.example");
  elapse(grace + 1s, 1s);
  look_up("partner.example");
  EXPECT_THAT(router.found, SizeIs(1));
  let_answer(hub_->routers[1]);
  ASSERT_THAT(router.sinks, SizeIs(2));
  EXPECT_NE(router.sinks[0], router.sinks[1]);
  deliver("1"); // the new actor works
  EXPECT_THAT(router.answers, SizeIs(1));
}

TEST_F(Directory, keeps_a_domain_that_was_used_while_the_routers_forgot_it) {
  second_router.silent = true;
  look_up("partner.example");
  elapse(grace + 1s, 1s);
  deliver("1"); // sent by the router that had not forgotten the domain yet
  EXPECT_THAT(router.answers, SizeIs(1));
  look_up("partner.example");
  let_answer(hub_->routers[1]);
  EXPECT_EQ(domains(), 1);
  ASSERT_THAT(router.sinks, SizeIs(2));
  EXPECT_EQ(router.sinks[0], router.sinks[1]);
  second_router.silent = false;
  elapse(grace + 2s, 1s); // the actor may end later
  EXPECT_EQ(domains(), 0);
}

TEST_F(Directory, keeps_no_question_of_dialback_from_its_answer_while_a_domain_is_ending) {
  second_router.silent = true;
  look_up("partner.example");
  elapse(grace + 1s, 1s);
  test::verifier_log asker;
  verify_key question{{test::domain("partner.example"), test::domain("corp.example")}, "id", "key"};
  post(subject, verify_atom_v,
       std::make_shared<const verification>(verification{question, {}, {}, {}}),
       spawn(test::fake_verifier, &asker));
  let_answer(hub_->routers[1]);
  EXPECT_THAT(asker.answers, SizeIs(1));
}

TEST_F(Directory, sends_questions_to_the_domain_that_has_a_stream_to_the_same_server) {
  start("[timeouts]\nconnect = 2\n");
  hub_->directory = subject = keep(spawn_directory(system(), hub_, hub_->table()));
  // The connectors get no events of their sockets, so they wait until their time-out.
  auto listener = listen_tcp(*socket_address::parse("127.0.0.1", 0));
  auto server = std::make_shared<resolution>();
  server->targets = {{"chat.example", 5269, 0, 0, {local_address(listener.get())}}};
  resolver.answer = server;
  auto connections = [&, n = 0]() mutable {
    while (unique_fd x{::accept(listener.get(), nullptr, nullptr)})
      ++n;
    return n;
  };
  test::verifier_log asker;
  for (auto name : {"a.example", "b.example", "c.example"}) {
    verify_key question{{test::domain(name), test::domain("corp.example")}, "id", "key"};
    post(subject, verify_atom_v,
         std::make_shared<const verification>(verification{question, {}, {}, {}}),
         spawn(test::fake_verifier, &asker));
  }
  EXPECT_THAT(resolver.questions, SizeIs(3));
  EXPECT_EQ(connections(), 1);
  elapse(2100ms);
  ASSERT_THAT(asker.answers, SizeIs(1)) << "the others try it themselves";
  EXPECT_EQ(asker.answers[0]->question.pair.from, test::domain("a.example"));
  EXPECT_EQ(connections(), 3);
  elapse(2100ms);
  EXPECT_THAT(asker.answers, SizeIs(3));
}

TEST_F(Directory, tells_all_domains_that_the_hub_stops) {
  look_up("partner.example");
  resolver.answer = nullptr;
  deliver("1");
  post(subject, close_atom_v);
  EXPECT_EQ(bounced(failure::shutting_down), 1);
}

TEST_F(Directory, takes_its_domains_with_it_when_it_ends) {
  look_up("partner.example");
  caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(domains(), 0);
}

TEST_F(Directory, puts_a_new_actor_in_the_place_of_one_that_failed) {
  look_up("partner.example");
  caf::anon_send_exit(router.sinks.at(0), caf::exit_reason::unhandled_exception);
  run();
  EXPECT_EQ(domains(), 1);
  ASSERT_THAT(router.sinks, SizeIs(2)); // every router is told
  EXPECT_THAT(second_router.sinks, SizeIs(1));
  deliver("1");
  EXPECT_THAT(router.answers, SizeIs(1));
}

} // namespace
} // namespace fedhub
