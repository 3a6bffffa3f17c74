#include "actors/connection/dialback_verifier.hpp"

#include "protocol/events/dialback_outcome.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class DialbackVerifier : public test::hub_test {
protected:
  DialbackVerifier() {
    start("[timeouts]\ndialback = 7\n");
    asker = spawn(test::fake_connection, &stream_log);
    run();
  }
  verifier_actor ask() {
    auto verifier = keep(spawn_dialback_verifier(system(), hub_, asker, question));
    run();
    return verifier;
  }
  double timed_out() {
    return metrics.dialback.at(dialback_role::receiving, dialback_result::timeout).Value();
  }
  double running() { return metrics.actors.at(actor_kind::verifier).Value(); }

  const verify_key question{
    {test::domain("partner.example"), test::domain("corp.example")}, "id-1", "key"};
  test::connection_log stream_log;
  connection_actor asker;
};

TEST_F(DialbackVerifier, asks_the_directory_for_the_sender_domains_server) {
  ask();
  ASSERT_THAT(directory.questions, SizeIs(1));
  auto& asked = directory.questions[0]->question;
  EXPECT_EQ(asked.pair, question.pair);
  EXPECT_EQ(asked.stream_id, "id-1");
  EXPECT_EQ(asked.key, "key");
  EXPECT_EQ(running(), 1);
}

TEST_F(DialbackVerifier, tells_the_stream_the_answer_with_its_own_question_and_ends) {
  ask();
  elapse(6'999ms);
  verification answer;
  answer.question.stream_id = "what the peer wrote";
  answer.outcome = dialback_outcome::valid;
  post(directory.verifiers.at(0), verified_atom_v, std::make_shared<const verification>(answer));
  ASSERT_THAT(stream_log.answers, SizeIs(1));
  EXPECT_EQ(stream_log.answers[0]->outcome, dialback_outcome::valid);
  EXPECT_EQ(stream_log.answers[0]->question.pair, question.pair);
  EXPECT_EQ(stream_log.answers[0]->question.stream_id, "id-1");
  EXPECT_EQ(running(), 0);
  elapse(1min, 1s);
  EXPECT_THAT(stream_log.answers, SizeIs(1));
  EXPECT_EQ(timed_out(), 0);
}

TEST_F(DialbackVerifier, passes_on_why_there_is_no_answer) {
  ask();
  post(directory.verifiers.at(0), verified_atom_v,
       std::make_shared<const verification>(
         verification{question, dialback_outcome::error, failure::dns_not_found, "NXDOMAIN"}));
  ASSERT_THAT(stream_log.answers, SizeIs(1));
  EXPECT_EQ(stream_log.answers[0]->why, failure::dns_not_found);
  EXPECT_EQ(stream_log.answers[0]->detail, "NXDOMAIN");
}

TEST_F(DialbackVerifier, gives_up_when_the_time_for_a_verification_has_passed_and_not_before) {
  ask();
  elapse(6'999'999us, 6'999'999us);
  EXPECT_THAT(stream_log.answers, SizeIs(0));
  elapse(1us, 1us);
  ASSERT_THAT(stream_log.answers, SizeIs(1));
  EXPECT_EQ(stream_log.answers[0]->outcome, dialback_outcome::error);
  EXPECT_EQ(stream_log.answers[0]->why, failure::dialback_timeout);
  EXPECT_EQ(timed_out(), 1);
  EXPECT_EQ(running(), 0);
}

TEST_F(DialbackVerifier, ends_with_the_stream_that_wants_to_know) {
  ask();
  caf::anon_send_exit(asker, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(running(), 0);
}

} // namespace
} // namespace fedhub
