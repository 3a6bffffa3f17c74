// The domain actor: its DNS questions, attempts, queue and answers.
#include "tests/unit/actors/domain/domain_scene.hpp"

#include <gmock/gmock.h>

#include "actors/stanzas/queue_account.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::message;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Domain = test::domain_scene;

TEST_F(Domain, asks_for_its_servers_with_the_first_stanza_and_once) {
  EXPECT_THAT(resolver.questions, IsEmpty());
  deliver({"1"});
  deliver({"2"});
  elapse(1s);
  ASSERT_THAT(resolver.questions, SizeIs(1));
  EXPECT_EQ(resolver.questions[0].domain, "partner.example");
  EXPECT_FALSE(resolver.questions[0].given);
  EXPECT_EQ(queued(), 2);
}

TEST_F(Domain, soon_holds_back_a_source_by_its_own_stanzas_only) {
  auto deliver_one = [this](size_t size, std::string_view from) {
    post(domain, deliver_atom_v, one_of_many(size, partner, from));
  };
  deliver_one(200, "a@corp.example");
  elapse(10ms, 1ms);
  deliver_one(300, "a@other.example");
  elapse(9ms, 1ms);
  EXPECT_EQ(held_back(), 500 + 2 * around);
  elapse(1ms, 1ms);
  EXPECT_EQ(held_back(), 500 + around);
  elapse(10ms, 1ms);
  EXPECT_EQ(held_back(), 500);
  deliver_one(400, "a@corp.example");
  EXPECT_EQ(held_back(), 900);
  elapse(300ms);
  EXPECT_EQ(held_back(), 0) << "by then they are copied for its queue";
  EXPECT_EQ(queued(), 3);
}

TEST_F(Domain, takes_a_batch_at_its_own_cost_however_many_senders_wait) {
  auto sender = [](int i) { return "a@s" + std::to_string(i) + ".corp.example"; };
  int senders = 0;
  auto wait_for_way = [&](int n) {
    std::vector<stanza> xs;
    for (const int end = senders + n; senders < end; ++senders)
      xs.push_back(cut(message("1", partner, sender(senders))));
    post(domain, deliver_atom_v, batch_of(std::move(xs)));
  };
  auto shortest_batch = [&] {
    auto shortest = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 100; ++i) {
      auto batch = messages({"2"}, partner, sender(i));
      auto begin = std::chrono::steady_clock::now();
      post(domain, deliver_atom_v, batch);
      shortest = std::min(shortest, std::chrono::steady_clock::now() - begin);
    }
    return shortest;
  };
  wait_for_way(100);
  const auto few = shortest_batch();
  wait_for_way(20'000);
  EXPECT_LT(shortest_batch(), 5 * few);
  EXPECT_EQ(queued(), senders + 200);
}

TEST_F(Domain, bounces_with_the_true_cause) {
  struct {
    failure why;
    std::string_view condition;
  } table[] = {
    {failure::dns_not_found, "remote-server-not-found"},
    {failure::dns_no_service, "remote-server-not-found"},
    {failure::dns_timeout, "remote-server-timeout"},
    {failure::dns_failed, "remote-server-timeout"},
  };
  for (auto& row : table) {
    begin("");
    router.answers.clear();
    resolver.answer = failed(row.why, "what DNS said");
    deliver({"1", "2"});
    EXPECT_THAT(router.answers,
                ElementsAre(AllOf(HasSubstr("id='1'"), HasSubstr("<" + std::string{row.condition}),
                                  HasSubstr(std::string{describe(row.why)} + ": what DNS said")),
                            HasSubstr("id='2'")))
      << to_string(row.why);
    EXPECT_EQ(bounced(row.why), 2);
    EXPECT_EQ(queued(), 0);
  }
}

TEST_F(Domain, bounces_when_no_address_can_be_reached) {
  resolver.answer = unreachable();
  deliver({"1"});
  EXPECT_THAT(router.answers, ElementsAre(HasSubstr("224.0.0.1:5269")));
  EXPECT_EQ(bounced(failure::connect_unreachable), 1);
}

TEST_F(Domain, asks_again_at_once_where_dns_has_said_that_there_is_nobody) {
  resolver.answer = failed(failure::dns_not_found); // the resolver caches that
  deliver({"1"});
  deliver({"2"});
  EXPECT_THAT(resolver.questions, SizeIs(2));
  EXPECT_THAT(router.answers, SizeIs(2));
}

TEST_F(Domain, dials_again_within_seconds_and_then_ever_less_often) {
  resolver.answer = unreachable();
  for (int i = 0; i < 3000; ++i) { // 300 s with a stanza every 100 ms
    deliver({std::to_string(i)});
    elapse(100ms, 100ms);
  }
  std::vector<time_point::duration> waits;
  for (size_t i = 1; i < resolver.questions.size(); ++i)
    waits.push_back(resolver.questions[i].at - resolver.questions[i - 1].at);
  ASSERT_GE(waits.size(), 8u);
  EXPECT_GE(waits[0], 750ms);
  EXPECT_LE(waits[0], 1250ms + tick);
  for (size_t i = 0; i < waits.size(); ++i) {
    auto middle = std::min<time_point::duration>(30s, 1s * (1 << std::min<size_t>(i, 10)));
    EXPECT_GE(waits[i], middle * 3 / 4) << i;
    EXPECT_LE(waits[i], middle * 5 / 4 + tick) << i;
  }
  EXPECT_LE(waits.size(), 15u); // 300 s in all
}

TEST_F(Domain, keeps_what_comes_between_attempts_for_the_next_one) {
  resolver.answer = unreachable();
  deliver({"1"});
  EXPECT_THAT(router.answers, SizeIs(1));
  deliver({"2"});
  elapse(500ms);
  EXPECT_THAT(router.answers, SizeIs(1));
  elapse(1s);
  EXPECT_THAT(router.answers, SizeIs(2));
  EXPECT_THAT(resolver.questions, SizeIs(2));
}

TEST_F(Domain, does_not_dial_again_while_nobody_has_anything_to_say) {
  resolver.answer = unreachable();
  deliver({"1"});
  elapse(50s, 100ms);
  EXPECT_THAT(resolver.questions, SizeIs(1));
}

TEST_F(Domain, bounces_what_has_waited_for_the_queue_time_out) {
  begin("[timeouts]\nqueue = 20\n");
  deliver({"1"}); // the resolver does not answer
  elapse(5s);
  deliver({"2"});
  elapse(14'990ms);
  EXPECT_THAT(router.answers, IsEmpty());
  elapse(10ms + 2 * tick);
  EXPECT_THAT(router.answers, ElementsAre(AllOf(HasSubstr("id='1'"), HasSubstr(": for 20.0 s"))));
  EXPECT_EQ(bounced(failure::dns_timeout), 1);
  elapse(5s);
  EXPECT_EQ(bounced(failure::dns_timeout), 2);
  EXPECT_EQ(queued(), 0);
}

TEST_F(Domain, tells_what_failed_last_to_a_stanza_that_waited_too_long) {
  begin("[timeouts]\nqueue = 1\n");
  resolver.answer = failed(failure::dns_timeout, "no answer");
  deliver({"1"});
  resolver.answer = nullptr;
  elapse(1500ms); // longer than the back-off
  deliver({"2"});
  elapse(1s + 2 * tick);
  EXPECT_EQ(bounced(failure::dns_timeout), 2);
  EXPECT_THAT(router.answers, Each(HasSubstr("no answer")));
}

TEST_F(Domain, refuses_what_its_queue_has_no_room_for) {
  begin("[limits]\nqueue_stanzas_per_domain = 2\n");
  deliver({"1", "2"}, "a@corp.example");
  deliver({"3"}, "a@other.example"); // another sender domain shares the queue limits
  elapse(hold_back_time + 2 * tick);
  EXPECT_EQ(bounced(failure::queue_full), 1);
  deliver({"4"});
  EXPECT_EQ(bounced(failure::queue_full), 2);
  EXPECT_EQ(queued(), 2);
}

TEST_F(Domain, answers_questions_of_dialback_when_no_stream_can_be_had) {
  resolver.answer = failed(failure::dns_timeout, "no answer");
  post(domain, verify_atom_v, question(), verifier());
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->question.stream_id, "id-1");
  EXPECT_EQ(asker.answers[0]->outcome, dialback_outcome::error);
  EXPECT_EQ(asker.answers[0]->why, failure::dns_timeout);
  EXPECT_EQ(asker.answers[0]->detail, "no answer");
  // The next question waits for the next attempt, which is made for it alone.
  post(domain, verify_atom_v, question("id-2"), verifier());
  EXPECT_THAT(asker.answers, SizeIs(1));
  elapse(1250ms + tick);
  EXPECT_THAT(asker.answers, SizeIs(2));
  EXPECT_THAT(resolver.questions, SizeIs(2));
}

TEST_F(Domain, passes_an_answer_on_to_all_who_asked_that_question) {
  for (const auto& x : {question(), question(), question("id-2"), question("id-1", "another key")})
    post(domain, verify_atom_v, x, verifier());
  auto answer = *question();
  answer.outcome = dialback_outcome::valid;
  post(domain, verified_atom_v, std::make_shared<const verification>(answer));
  EXPECT_THAT(asker.answers, SizeIs(2));
  post(domain, verified_atom_v, std::make_shared<const verification>(answer));
  EXPECT_THAT(asker.answers, SizeIs(2));
  answer.question.key = "another key";
  post(domain, verified_atom_v, std::make_shared<const verification>(answer));
  EXPECT_THAT(asker.answers, SizeIs(3));
}

TEST_F(Domain, holds_an_answer_for_who_asks_the_same_again_where_stanzas_go) {
  deliver({"1"});
  post(domain, verify_atom_v, question(), verifier());
  auto answer = *question();
  answer.outcome = dialback_outcome::invalid;
  post(domain, verified_atom_v, std::make_shared<const verification>(answer));
  elapse(4s);
  post(domain, verify_atom_v, question(), verifier());
  ASSERT_THAT(asker.answers, SizeIs(2));
  EXPECT_EQ(asker.answers[1]->outcome, dialback_outcome::invalid);
  post(domain, verify_atom_v, question("id-1", "another key"), verifier());
  EXPECT_THAT(asker.answers, SizeIs(2));
  elapse(1s);
  post(domain, verify_atom_v, question(), verifier());
  EXPECT_THAT(asker.answers, SizeIs(2)) << "asked anew";
}

TEST_F(Domain, tries_nothing_for_a_domain_that_policy_denies) {
  begin("[federation]\nenabled = false\n");
  deliver({"1"});
  post(domain, verify_atom_v, question(), verifier());
  EXPECT_THAT(resolver.questions, IsEmpty());
  EXPECT_EQ(bounced(failure::federation_disabled), 1);
  elapse(2s);
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->why, failure::federation_disabled);
}

TEST_F(Domain, has_the_targets_of_its_static_route_resolved) {
  begin("[[static_route]]\ndomain = 'partner.example'\naddress = 'xmpp.test:5270'\n");
  deliver({"1"});
  ASSERT_THAT(resolver.questions, SizeIs(1));
  ASSERT_TRUE(resolver.questions[0].given);
  ASSERT_THAT(*resolver.questions[0].given, SizeIs(1));
  EXPECT_EQ(resolver.questions[0].given->front().host, "xmpp.test");
  EXPECT_EQ(resolver.questions[0].given->front().port, 5270);
}

TEST_F(Domain, reaches_an_s2s_node_at_its_address) {
  begin("[[node]]\nname = 'n'\ndomains = ['partner.example']\nprotocol = 's2s'\n"
        "address = '10.0.0.5:5270'\ntrusted_from = ['10.0.0.5']\n"
        "[federation]\nenabled = false\n"); // does not apply to nodes
  deliver({"1"});
  ASSERT_THAT(resolver.questions, SizeIs(1));
  EXPECT_EQ(resolver.questions[0].given->front().host, "10.0.0.5");
}

TEST_F(Domain, does_not_wait_any_longer_when_a_new_configuration_leads_elsewhere) {
  resolver.answer = unreachable();
  for (int i = 0; i < 50; ++i) { // until its back-off is long
    deliver({std::to_string(i)});
    elapse(1s, 100ms);
  }
  deliver({"last"});
  auto asked = resolver.questions.size();
  config.static_routes.push_back({*domain_pattern::parse("partner.example"),
                                  *conf::host_address::parse("xmpp.test", 5269), false, 0, 0});
  post(domain, table_atom_v, table());
  elapse(2 * tick);
  ASSERT_EQ(resolver.questions.size(), asked + 1);
  EXPECT_TRUE(resolver.questions.back().given);
}

TEST_F(Domain, bounces_and_answers_all_when_the_hub_stops) {
  deliver({"1"});
  post(domain, verify_atom_v, question(), verifier());
  post(domain, close_atom_v);
  EXPECT_EQ(bounced(failure::shutting_down), 1);
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->why, failure::shutting_down);
  deliver({"2"});
  EXPECT_EQ(bounced(failure::shutting_down), 2);
}

TEST_F(Domain, asks_to_end_when_nobody_has_used_it_for_long) {
  test::connection_log wire;
  auto stream = spawn(test::fake_connection, &wire);
  post(domain, adopt_atom_v, stream,
       domain_pair{test::domain("corp.example"), test::domain("partner.example")});
  deliver({"1"});
  ASSERT_THAT(wire.stanzas, SizeIs(1));
  caf::anon_send_exit(stream, caf::exit_reason::user_shutdown);
  run();
  elapse(59s, 100ms);
  EXPECT_THAT(directory.retiring, IsEmpty());
  elapse(1s + 2 * tick, 100ms);
  EXPECT_THAT(directory.retiring, ElementsAre("partner.example"));
  elapse(10s, 100ms);
  EXPECT_THAT(directory.retiring, SizeIs(1)); // it asks only once
  post(domain, retire_atom_v);
  EXPECT_THAT(directory.retired, ElementsAre(true));
  EXPECT_EQ(metrics.domains_active.Value(), 0);
}

TEST_F(Domain, asks_to_end_soon_if_it_never_had_a_stream) {
  resolver.answer = failed(failure::dns_not_found);
  deliver({"1"});
  elapse(4s, 100ms);
  EXPECT_THAT(directory.retiring, IsEmpty());
  elapse(1s + 2 * tick, 100ms);
  EXPECT_THAT(directory.retiring, ElementsAre("partner.example"));
}

TEST_F(Domain, stays_if_it_was_used_while_it_asked_to_end) {
  resolver.answer = failed(failure::dns_not_found);
  elapse(61s, 100ms);
  ASSERT_THAT(directory.retiring, SizeIs(1));
  deliver({"1"});
  post(domain, retire_atom_v);
  EXPECT_THAT(directory.retired, ElementsAre(false));
  EXPECT_EQ(metrics.domains_active.Value(), 1);
  elapse(61s, 100ms);
  EXPECT_THAT(directory.retiring, SizeIs(2));
}

TEST_F(Domain, answers_the_sender_of_every_stanza_whatever_comes) {
  // Attempts that fail, a queue that fills, a table that changes, and the hub's stop.
  begin("[limits]\nqueue_stanzas_per_domain = 5\n[timeouts]\nqueue = 3\n");
  int sent = 0;
  for (int i = 0; i < 200; ++i) {
    resolver.answer = i % 40 < 20  ? nullptr
                      : i % 3 == 0 ? unreachable()
                                   : failed(failure::dns_failed);
    deliver({std::to_string(i)}, i % 2 == 0 ? "a@corp.example" : "a@other.example");
    ++sent;
    if (i % 50 == 49)
      post(domain, table_atom_v, table());
    elapse(100ms, 50ms);
  }
  post(domain, close_atom_v);
  EXPECT_THAT(router.answers, SizeIs(sent));
  EXPECT_EQ(queued(), 0);
  EXPECT_EQ(queued_octets(), 0);
}

} // namespace
} // namespace fedhub
