#include "actors/domain/key_questions.hpp"

#include <array>
#include <random>

#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;
using way = key_question::way_to_ask;

const key_questions::time_point begin{1h};
constexpr std::array ways{way::undecided, way::lent, way::alone, way::sent};

verification_ptr about(std::string_view of, const std::string& id = "id") {
  verify_key key{{test::domain(of), test::domain("corp.example")}, id, "key"};
  return std::make_shared<const verification>(verification{key, {}, {}, {}});
}
verification_ptr answer_to(const verification_ptr& question, dialback_outcome outcome) {
  return std::make_shared<const verification>(
    verification{question->question, outcome, failure::none, {}});
}
const domain_name target = test::domain("partner.example");

key_questions one_in(way how, const verification_ptr& value) {
  key_questions questions;
  questions.add(value, {}, begin + 30s);
  if (how == way::lent || how == way::alone)
    questions.lend(begin + 7s);
  if (how == way::alone)
    questions.take_back_due(begin + 7s);
  if (how == way::sent)
    questions.send_all([](auto&) {});
  return questions;
}

TEST(KeyQuestions, change_their_way_by_events) {
  const auto value = about("partner.example");
  using run = void (*)(key_questions&, const verification_ptr&);
  constexpr int gone = -1;
  const auto of = [](way x) { return static_cast<int>(x); };
  const struct {
    const char* event;
    run apply;
    std::array<int, 4> after; // in the order of `ways`
  } table[] = {
    {"lend",
     [](auto& x, auto&) { x.lend(begin + 7s); },
     {of(way::lent), of(way::lent), of(way::alone), of(way::sent)}},
    {"not lent",
     [](auto& x, auto& value) { x.not_lent({value}); },
     {of(way::undecided), of(way::undecided), of(way::undecided), of(way::undecided)}},
    {"another one is not lent",
     [](auto& x, auto&) { x.not_lent({about("partner.example")}); },
     {of(way::undecided), of(way::lent), of(way::alone), of(way::sent)}},
    {"no answer yet",
     [](auto& x, auto&) { x.take_back_due(begin + 6999ms); },
     {of(way::undecided), of(way::lent), of(way::alone), of(way::sent)}},
    {"no answer for too long",
     [](auto& x, auto&) { x.take_back_due(begin + 7s); },
     {of(way::undecided), of(way::alone), of(way::alone), of(way::sent)}},
    {"send",
     [](auto& x, auto&) { x.send_all([](auto&) {}); },
     {of(way::sent), of(way::lent), of(way::sent), of(way::sent)}},
    {"the stream ends, of no use",
     [](auto& x, auto&) { x.end_stream(false); },
     {of(way::undecided), of(way::lent), of(way::alone), of(way::undecided)}},
    {"the stream ends, of use",
     [](auto& x, auto&) { x.end_stream(true); },
     {of(way::undecided), of(way::lent), of(way::alone), gone}},
    {"an answer",
     [](auto& x, auto& value) { x.settle(*answer_to(value, dialback_outcome::invalid), false); },
     {gone, gone, gone, gone}},
    {"an error of this stream's",
     [](auto& x, auto& value) { x.settle(*answer_to(value, dialback_outcome::error), true); },
     {gone, gone, gone, gone}},
    {"an error from elsewhere",
     [](auto& x, auto& value) { x.settle(*answer_to(value, dialback_outcome::error), false); },
     {of(way::undecided), of(way::alone), of(way::alone), of(way::sent)}},
    {"an answer to another one",
     [](auto& x, auto&) {
       x.settle(*answer_to(about("partner.example", "id-2"), dialback_outcome::valid), true);
     },
     {of(way::undecided), of(way::lent), of(way::alone), of(way::sent)}},
    {"its time is over",
     [](auto& x, auto&) { x.take_expired(begin + 30s); },
     {gone, gone, gone, gone}},
    {"its time is not over",
     [](auto& x, auto&) { x.take_expired(begin + 30s - 1ns); },
     {of(way::undecided), of(way::lent), of(way::alone), of(way::sent)}},
  };
  for (const auto& row : table)
    for (size_t i = 0; i < ways.size(); ++i) {
      auto questions = one_in(ways[i], value);
      ASSERT_EQ(questions.all().front().way, ways[i]);
      row.apply(questions, value);
      if (row.after[i] == gone) {
        EXPECT_TRUE(questions.empty()) << row.event << " in way " << i;
        continue;
      }
      ASSERT_FALSE(questions.empty()) << row.event << " in way " << i;
      EXPECT_EQ(of(questions.all().front().way), row.after[i]) << row.event << " in way " << i;
    }
}

TEST(KeyQuestions, say_what_each_way_needs) {
  const struct {
    way x;
    bool not_lent, alone, to_send;
    key_questions::time_point back_at;
  } table[] = {
    {way::undecided, true, false, true, key_questions::time_point::max()},
    {way::lent, false, false, false, begin + 7s},
    {way::alone, true, true, true, key_questions::time_point::max()},
    {way::sent, true, false, false, key_questions::time_point::max()},
  };
  for (const auto& row : table) {
    const auto questions = one_in(row.x, about("partner.example"));
    EXPECT_EQ(questions.any_not_lent(), row.not_lent) << static_cast<int>(row.x);
    EXPECT_EQ(questions.any_alone(), row.alone) << static_cast<int>(row.x);
    EXPECT_EQ(questions.all().front().to_send(), row.to_send) << static_cast<int>(row.x);
    EXPECT_EQ(questions.next_back_at(), row.back_at) << static_cast<int>(row.x);
    EXPECT_EQ(questions.due(), begin + 30s) << static_cast<int>(row.x);
  }
}

TEST(KeyQuestions, are_limited_in_number) {
  key_questions questions;
  for (size_t i = 0; i < key_questions::most; ++i)
    ASSERT_TRUE(questions.add(about("partner.example", std::to_string(i)), {}, begin));
  EXPECT_FALSE(questions.add(about("partner.example"), {}, begin));
  EXPECT_EQ(questions.size(), key_questions::most);
}

TEST(KeyQuestions, answer_all_who_asked_the_same_and_keep_the_order_of_the_rest) {
  key_questions questions;
  for (const auto* id : {"1", "2", "1", "3", "1"})
    questions.add(about("partner.example", id), {}, begin);
  const auto settled =
    questions.settle(*answer_to(about("partner.example", "1"), dialback_outcome::valid), true);
  EXPECT_THAT(settled.answered, SizeIs(3));
  ASSERT_THAT(questions.all(), SizeIs(2));
  EXPECT_EQ(questions.all()[0].value->question.stream_id, "2");
  EXPECT_EQ(questions.all()[1].value->question.stream_id, "3");
}

TEST(KeyQuestions, tell_guests_apart) {
  key_questions questions;
  questions.add(about("partner.example"), {}, begin);
  questions.add(about("guest.example"), {}, begin);
  questions.add(about("other.example"), {}, begin);
  EXPECT_EQ(questions.guests(target), 2);
  EXPECT_THAT(questions.take_guests(target), SizeIs(2));
  ASSERT_THAT(questions.all(), SizeIs(1));
  EXPECT_EQ(questions.all().front().value->question.pair.from, target);
}

TEST(KeyQuestions, ask_dns_for_the_party_that_goes_first) {
  key_questions questions;
  EXPECT_FALSE(questions.first_asker({}));
  const auto add = [&](dns_party party) {
    auto value = *about("partner.example");
    value.asker.party = party;
    questions.add(std::make_shared<const verification>(value), {}, begin);
  };
  add(dns_party::stranger);
  EXPECT_EQ(questions.first_asker({})->party, dns_party::stranger);
  EXPECT_EQ(questions.first_asker(dns_asker{dns_party::remote})->party, dns_party::remote);
  add(dns_party::node);
  EXPECT_EQ(questions.first_asker(dns_asker{dns_party::remote})->party, dns_party::node);
}

TEST(KeyQuestions, hold_answers_for_a_moment) {
  key_questions questions;
  const auto question = about("partner.example");
  EXPECT_EQ(questions.held_until(), key_questions::time_point::max());
  const auto answer = answer_to(question, dialback_outcome::valid);
  questions.hold(answer, begin);
  EXPECT_EQ(questions.known(question->question, begin + 1s), answer);
  const auto until = questions.held_until();
  EXPECT_EQ(until, begin + recent_answers::held_for);
  questions.forget_old_answers(until - 1ns);
  EXPECT_EQ(questions.held_until(), until);
  questions.forget_old_answers(until);
  EXPECT_EQ(questions.held_until(), key_questions::time_point::max());
  questions.hold(answer, begin);
  questions.forget_answers();
  EXPECT_FALSE(questions.known(question->question, begin));
}

/// Random events: each question is answered once, and after due work is done the next deadline lies
/// in the future.
TEST(KeyQuestions, each_end_once_and_have_their_next_deadline_in_the_future) {
  std::minstd_rand random{11};
  key_questions questions;
  auto now = begin;
  size_t added = 0, ended = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::milliseconds{random() % 500};
    const auto any = questions.empty() ? about("none.example")
                                       : questions.all()[random() % questions.size()].value;
    switch (random() % 9) {
    case 0:
    case 1:
      added += questions.add(about(random() % 3 == 0 ? "guest.example" : "partner.example",
                                   std::to_string(random() % 20)),
                             {}, now + 30s)
                 ? 1
                 : 0;
      break;
    case 2:
      questions.lend(now + 7s);
      break;
    case 3:
      questions.send_all([](auto& x) { ASSERT_TRUE(x.to_send()); });
      break;
    case 4:
      ended += questions.end_stream(random() % 2 == 0).size();
      break;
    case 5:
      ended += questions
                 .settle(*answer_to(any, random() % 2 == 0 ? dialback_outcome::error
                                                           : dialback_outcome::valid),
                         random() % 2 == 0)
                 .answered.size();
      break;
    case 6:
      questions.not_lent({any});
      break;
    case 7:
      ended += questions.take_guests(target).size();
      break;
    default:
      break;
    }
    ended += questions.take_expired(now).size();
    questions.take_back_due(now);
    ASSERT_GT(questions.due(), now);
    ASSERT_GT(questions.next_back_at(), now);
    ASSERT_EQ(added, ended + questions.size());
  }
  EXPECT_GT(ended, 1000);
}

} // namespace
} // namespace fedhub
