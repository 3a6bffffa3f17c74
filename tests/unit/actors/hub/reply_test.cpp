#include "actors/hub/reply.hpp"

#include <caf/scoped_actor.hpp>

#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ReplyBatch : public test::hub_test {
protected:
  void reject(stanza stanza, failure why, std::string_view detail = {}) {
    {
      reply_batch replies{*self_.ptr(), *hub_, 0};
      replies.reject(stanza, why, detail);
      EXPECT_TRUE(stanza.settled());
    }
    run();
  }
  caf::scoped_actor self_{system()};
  double answers_sent() { return metrics.replies.at(reply_result::sent).Value(); }
};

TEST_F(ReplyBatch, answers_what_may_be_answered_and_drops_the_rest) {
  struct {
    std::string_view kind, type;
    bool answered;
  } table[] = {
    {"message", "", true},        {"message", "chat", true}, {"message", "normal", true},
    {"message", "error", false},  {"presence", "", true},    {"presence", "subscribe", true},
    {"presence", "error", false}, {"iq", "get", true},       {"iq", "set", true},
    {"iq", "result", false},      {"iq", "error", false},
  };
  for (auto& row : table) {
    auto label = std::string{row.kind} + " " + std::string{row.type};
    router.answers.clear();
    auto bounced_before = bounced(failure::dns_not_found);
    auto dropped_before = dropped(failure::dns_not_found);
    auto text = "<" + std::string{row.kind} + " from='a@partner.example' to='b@corp.example'"
                + (row.type.empty() ? "" : " type='" + std::string{row.type} + "'") + " id='7'/>";
    reject(cut(text), failure::dns_not_found);
    EXPECT_EQ(router.answers.size(), row.answered ? 1u : 0u) << label;
    EXPECT_EQ(bounced(failure::dns_not_found) - bounced_before, row.answered ? 1 : 0) << label;
    EXPECT_EQ(dropped(failure::dns_not_found) - dropped_before, row.answered ? 0 : 1) << label;
  }
}

TEST_F(ReplyBatch, tells_the_sender_the_cause) {
  reject(cut("<message from='a@corp.example' to='b@partner.example' id='7'/>"),
         failure::dns_not_found, "NXDOMAIN for partner.example");
  ASSERT_EQ(router.answers.size(), 1u);
  EXPECT_THAT(router.answers[0],
              AllOf(HasSubstr("to='a@corp.example'"), HasSubstr("from='b@partner.example'"),
                    HasSubstr("id='7'"), HasSubstr("remote-server-not-found"),
                    HasSubstr(std::string{describe(failure::dns_not_found)}
                              + ": NXDOMAIN for partner.example")));
}

/// Failure × hop: for the way to a remote domain the error names the cause; for the way to a node
/// it names nothing of the internal network.
TEST_F(ReplyBatch, names_the_failed_hop_and_nothing_of_the_internal_network) {
  start(test::own_domains);
  constexpr std::string_view detail = "10.0.0.5:5269: Connection refused";
  struct row {
    failure why;
    bool hides_cause; ///< on the way to a node the text is: "the server of ... is not available"
  };
  const row rows[] = {
    {failure::dns_not_found, true},    {failure::dns_timeout, true},
    {failure::connect_refused, true},  {failure::connect_timeout, true},
    {failure::stream_closed, true},    {failure::stream_refused, true},
    {failure::stream_timeout, true},   {failure::tls_failed, true},
    {failure::tls_not_offered, true},  {failure::certificate_refused, true},
    {failure::external_refused, true}, {failure::dialback_refused, true},
    {failure::dialback_error, true},   {failure::dialback_timeout, true},
    {failure::node_unavailable, true}, {failure::node_rejected, true},
    {failure::unconfirmed, false},     {failure::queue_full, false},
    {failure::queue_timeout, false},   {failure::memory_full, false},
    {failure::stalled, false},         {failure::shutting_down, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(to_string(row.why));
    router.answers.clear();
    reject(cut("<message from='a@corp.example' to='b@partner.example'/>"), row.why, detail);
    reject(cut("<message from='b@partner.example' to='a@corp.example'/>"), row.why, detail);
    ASSERT_EQ(router.answers.size(), 2u);
    EXPECT_THAT(router.answers[0],
                AllOf(HasSubstr(std::string{describe(row.why)}), HasSubstr(std::string{detail}),
                      HasSubstr(std::string{to_string(condition_of(row.why))})));
    EXPECT_THAT(router.answers[1], Not(HasSubstr("10.0.0.5")));
    if (row.hides_cause)
      EXPECT_THAT(router.answers[1],
                  AllOf(HasSubstr("service-unavailable"),
                        HasSubstr("the server of corp.example is not available")));
    else
      EXPECT_THAT(router.answers[1],
                  AllOf(HasSubstr(std::string{describe(row.why)}),
                        HasSubstr(std::string{to_string(condition_of(row.why))})));
  }
}

TEST_F(ReplyBatch, never_answers_the_hubs_own_answers) {
  auto pieces = cut(test::message("1"));
  pieces.generated = true;
  reject(std::move(pieces), failure::dns_not_found);
  EXPECT_THAT(router.answers, IsEmpty());
  EXPECT_EQ(metrics.replies.at(reply_result::dropped).Value(), 1);
  EXPECT_EQ(bounced(failure::dns_not_found) + dropped(failure::dns_not_found), 0);
}

TEST_F(ReplyBatch, gives_an_answer_an_age_of_its_own) {
  // Queues end stanzas by their age. An answer with its stanza's age would end at once.
  for (const auto age : {std::chrono::seconds{0}, std::chrono::seconds{59}}) {
    auto pieces = cut(test::message("7"));
    elapse(age, age);
    reject(std::move(pieces), failure::queue_timeout);
    ASSERT_FALSE(router.since.empty());
    EXPECT_EQ(router.since.back(), now()) << "of a stanza of " << age.count() << " s";
  }
}

TEST_F(ReplyBatch, sends_its_answers_together_when_it_ends) {
  {
    reply_batch replies{*self_.ptr(), *hub_, 0};
    for (auto id : {"1", "2", "3"}) {
      auto pieces = cut(test::message(id));
      replies.reject(pieces, failure::queue_full);
    }
    run();
    EXPECT_THAT(router.answers, IsEmpty());
  }
  run();
  EXPECT_THAT(router.answers,
              ElementsAre(HasSubstr("id='1'"), HasSubstr("id='2'"), HasSubstr("id='3'")));
  EXPECT_EQ(answers_sent(), 3);
  EXPECT_EQ(bounced(failure::queue_full), 3);
}

TEST(Explain, adds_what_is_known_to_the_failure) {
  EXPECT_EQ(explain(failure::queue_full, ""), describe(failure::queue_full));
  EXPECT_EQ(explain(failure::queue_full, "x"), std::string{describe(failure::queue_full)} + ": x");
}

} // namespace
} // namespace fedhub
