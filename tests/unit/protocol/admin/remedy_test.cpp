#include "protocol/admin/remedy.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>

namespace fedhub::admin {
namespace {

TEST(Remedy, is_a_sentence_in_the_imperative_for_every_failure) {
  const std::set<std::string_view> verbs{"Add",  "Ask",   "Check", "Correct", "Explain",
                                         "Find", "Give",  "Read",  "Report",  "Send",
                                         "Set",  "Start", "Wait"};
  std::set<std::string_view> remedies;
  for (size_t i = 1; i < failure_count; ++i) {
    const auto why = static_cast<failure>(i);
    const auto remedy = remedy_of(why);
    EXPECT_TRUE(verbs.contains(remedy.substr(0, remedy.find(' '))))
      << to_string(why) << ": " << remedy;
    EXPECT_TRUE(remedy.ends_with('.')) << to_string(why);
    EXPECT_TRUE(remedies.insert(remedy).second) << to_string(why) << ": another failure has it too";
  }
  EXPECT_EQ(remedy_of(failure::none), "");
}

} // namespace
} // namespace fedhub::admin
