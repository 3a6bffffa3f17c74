#include "actors/domain/recent_answers.hpp"

#include <gtest/gtest.h>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

domain_name domain(std::string_view text) { return *domain_name::parse(text); }

verify_key question(std::string key, std::string stream_id = "id-1",
                    std::string_view from = "partner.example",
                    std::string_view to = "corp.example") {
  return {{domain(from), domain(to)}, std::move(stream_id), std::move(key)};
}

verification_ptr answered(verify_key question, dialback_outcome outcome) {
  return std::make_shared<const verification>(
    verification{std::move(question), outcome, failure::none, {}});
}

class RecentAnswers : public testing::Test {
protected:
  recent_answers::time_point start{1h};
  recent_answers answers;
};

TEST_F(RecentAnswers, are_found_for_five_seconds_be_they_valid_or_not) {
  for (auto outcome : {dialback_outcome::valid, dialback_outcome::invalid}) {
    const auto key = std::string{to_string(outcome)};
    answers.add(answered(question(key), outcome), start);
    const auto found = answers.find(question(key), start + 4999ms);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->outcome, outcome);
  }
  EXPECT_EQ(answers.held_until(), start + 5s);
  EXPECT_FALSE(answers.find(question("valid"), start + 5s));
  EXPECT_FALSE(answers.find(question("invalid"), start + 5s));
  EXPECT_LT(answers.held_until(), start);
}

TEST_F(RecentAnswers, are_for_the_same_question_only) {
  answers.add(answered(question("key"), dialback_outcome::valid), start);
  for (const auto& entry : {
         question("kez"),
         question("key", "id-2"),
         question("key", "id-1", "other.example"),
         question("key", "id-1", "partner.example", "other.example"),
       })
    EXPECT_FALSE(answers.find(entry, start))
      << entry.key << entry.stream_id << entry.pair.from.str() << entry.pair.to.str();
  EXPECT_TRUE(answers.find(question("key"), start));
}

TEST_F(RecentAnswers, are_no_errors) {
  answers.add(answered(question("key"), dialback_outcome::error), start);
  EXPECT_FALSE(answers.find(question("key"), start));
  EXPECT_LT(answers.held_until(), start);
}

TEST_F(RecentAnswers, are_not_held_longer_for_being_given_again) {
  answers.add(answered(question("key"), dialback_outcome::valid), start);
  answers.add(answered(question("key"), dialback_outcome::valid), start + 3s);
  EXPECT_FALSE(answers.find(question("key"), start + 5s));
}

TEST_F(RecentAnswers, are_a_thousand_at_most_the_oldest_going_first) {
  for (size_t i = 0; i <= recent_answers::most; ++i)
    answers.add(answered(question(std::to_string(i)), dialback_outcome::valid), start);
  EXPECT_FALSE(answers.find(question("0"), start));
  EXPECT_TRUE(answers.find(question("1"), start));
  EXPECT_TRUE(answers.find(question(std::to_string(recent_answers::most)), start));
}

} // namespace
} // namespace fedhub
