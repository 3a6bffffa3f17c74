#include "actors/domain/node_absence.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using time_point = node_absence::time_point;

enum class what : uint8_t { back, gone, failed, time };
constexpr auto never = time_point::max();

struct step {
  what event;
  std::chrono::milliseconds at;
  char state; ///< after the event: `h`ere, a`w`aited, `a`way.
  bool ends;  ///< whether the wait ends at `time`.
};

struct row {
  const char* name;
  std::vector<step> steps;
};

/// `timeouts.node` is 5 s.
const row table[] = {
  {"here for ever", {{what::time, 10h, 'h', false}}},
  {"gone",
   {{what::gone, 1s, 'w', false},
    {what::time, 5'999ms, 'w', false},
    {what::time, 6s, 'a', true},
    {what::time, 7s, 'a', false}}},
  {"gone and back in time",
   {{what::gone, 1s, 'w', false}, {what::back, 5s, 'h', false}, {what::time, 9s, 'h', false}}},
  {"gone and back too late",
   {{what::gone, 1s, 'w', false}, {what::time, 9s, 'a', true}, {what::back, 10s, 'h', false}}},
  {"each going counts anew",
   {{what::gone, 1s, 'w', false},
    {what::gone, 5s, 'w', false},
    {what::time, 9s, 'w', false},
    {what::time, 10s, 'a', true}}},
  {"goes again after it was away",
   {{what::gone, 1s, 'w', false},
    {what::time, 7s, 'a', true},
    {what::gone, 8s, 'w', false},
    {what::time, 13s, 'a', true}}},
  {"of failed attempts the first counts",
   {{what::failed, 1s, 'w', false},
    {what::failed, 4s, 'w', false},
    {what::time, 6s, 'a', true},
    {what::failed, 7s, 'a', false}}},
  {"a failed attempt after an answer counts anew",
   {{what::failed, 1s, 'w', false},
    {what::back, 2s, 'h', false},
    {what::failed, 4s, 'w', false},
    {what::time, 8s, 'w', false}}},
};

TEST(NodeAbsence, follows_the_table) {
  for (const auto& entry : table) {
    node_absence absence;
    int number = 0;
    for (const auto& step : entry.steps) {
      ++number;
      const time_point now{step.at};
      bool ended = false;
      switch (step.event) {
      case what::back:
        absence.back();
        break;
      case what::gone:
        absence.gone(now);
        break;
      case what::failed:
        absence.failed(now);
        break;
      case what::time:
        ended = absence.end_wait(now, 5s);
        break;
      }
      const char state = absence.here()      ? 'h'
                         : absence.awaited() ? 'w'
                         : absence.away()    ? 'a'
                                             : '?';
      EXPECT_EQ(state, step.state) << entry.name << ", step " << number;
      EXPECT_EQ(ended, step.ends) << entry.name << ", step " << number;
      EXPECT_EQ(absence.due(5s) != never, step.state == 'w') << entry.name << ", step " << number;
    }
  }
}

TEST(NodeAbsence, goes_by_the_patience_of_the_moment) {
  node_absence absence;
  absence.gone(time_point{1s});
  EXPECT_EQ(absence.due(5s), time_point{6s});
  EXPECT_EQ(absence.due(60s), time_point{61s});
  EXPECT_FALSE(absence.end_wait(time_point{30s}, 60s));
  EXPECT_TRUE(absence.end_wait(time_point{30s}, 29s));
}

} // namespace
} // namespace fedhub
