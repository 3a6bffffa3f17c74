#include "actors/rules/unauthenticated_memory.hpp"

#include <map>
#include <random>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UnauthenticatedMemory : public testing::Test {
protected:
  prometheus::Gauge shown;
  unauthenticated_memory memory{1600, shown};
};

TEST_F(UnauthenticatedMemory, names_nobody_within_the_limit) {
  EXPECT_THAT(memory.report(1, 800), IsEmpty());
  EXPECT_THAT(memory.report(2, 800), IsEmpty());
  EXPECT_EQ(shown.Value(), 1600);
}

TEST_F(UnauthenticatedMemory, names_the_one_that_holds_most_whoever_passes_the_limit) {
  memory.report(1, 100);
  memory.report(2, 1400);
  EXPECT_THAT(memory.report(3, 200), ElementsAre(2U));
  EXPECT_THAT(memory.report(4, 100), IsEmpty()) << "it is named once, and counted as leaving";
  memory.forget(2);
  EXPECT_EQ(memory.held(), 400);
}

TEST_F(UnauthenticatedMemory, names_as_many_as_make_room) {
  for (uint64_t id = 1; id <= 8; ++id)
    memory.report(id, 200);
  EXPECT_THAT(memory.report(9, 150), ElementsAre(testing::Le(8U), testing::Le(8U)));
}

TEST_F(UnauthenticatedMemory, takes_a_lower_limit_at_the_next_report) {
  memory.report(1, 500);
  memory.report(2, 700);
  memory.limit(1000);
  EXPECT_THAT(memory.report(3, 1), ElementsAre(2U));
}

/// Random events: the sum equals that of a plain map, and the connections that need not leave are
/// within the limit.
TEST_F(UnauthenticatedMemory, keeps_what_does_not_leave_within_its_limit) {
  std::mt19937 random{7};
  std::map<uint64_t, int64_t> model;
  std::map<uint64_t, bool> leaving;
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t id = random() % 40;
    if (random() % 5 == 0) {
      memory.forget(id);
      model.erase(id);
      leaving.erase(id);
    } else {
      model[id] = static_cast<int64_t>(random() % 300);
      for (auto named : memory.report(id, model[id])) {
        EXPECT_FALSE(leaving[named]) << "named twice";
        leaving[named] = true;
      }
    }
    int64_t sum = 0;
    int64_t staying = 0;
    for (auto& [x, octets] : model) {
      sum += octets;
      staying += leaving[x] ? 0 : octets;
    }
    ASSERT_EQ(memory.held(), sum);
    ASSERT_LE(staying, 1600);
  }
}

} // namespace
} // namespace fedhub
