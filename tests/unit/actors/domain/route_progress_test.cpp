#include "actors/domain/route_progress.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using phase = route_phase;

const route_progress::time_point begin{1h};

TEST(RouteProgress, has_a_name_and_a_time_out_for_each_phase) {
  const struct {
    phase x;
    std::string_view name;
    failure timeout;
    bool dialing, has_connection;
  } table[] = {
    {phase::none, "PENDING", failure::none, false, false},
    {phase::resolving, "RESOLVING", failure::dns_timeout, true, false},
    {phase::connecting, "CONNECTING", failure::connect_timeout, true, true},
    {phase::negotiating, "NEGOTIATING", failure::stream_timeout, false, true},
    {phase::ready, "NEGOTIATED", failure::dialback_timeout, false, true},
    {phase::draining, "CLOSING", failure::none, false, false},
  };
  for (const auto& row : table) {
    route_progress route{begin};
    route.enter(row.x, begin + 1s);
    EXPECT_EQ(to_string(route.phase()), row.name);
    EXPECT_EQ(timeout_of(row.x), row.timeout) << row.name;
    EXPECT_EQ(route.dialing(), row.dialing) << row.name;
    EXPECT_EQ(route.has_connection(), row.has_connection) << row.name;
    EXPECT_EQ(route.since(), begin + 1s) << row.name;
  }
}

TEST(RouteProgress, takes_an_answer_only_in_the_phase_that_awaits_it) {
  using run = void (*)(route_progress&);
  const struct {
    const char* meanwhile;
    run event;
    bool counts;
  } table[] = {
    {"nothing", [](auto&) {}, true},
    {"another step", [](auto& x) { x.begin_step(); }, false},
    {"another phase", [](auto& x) { x.enter(phase::connecting, begin); }, false},
    {"given up", [](auto& x) { x.forget_steps(); }, false},
    {"the same phase again",
     [](auto& result) {
       result.enter(phase::none, begin);
       result.enter(phase::resolving, begin);
     },
     true},
  };
  for (const auto& row : table) {
    route_progress route{begin};
    route.enter(phase::resolving, begin);
    const auto step = route.begin_step();
    row.event(route);
    EXPECT_EQ(route.awaits(step, phase::resolving), row.counts) << row.meanwhile;
  }
}

} // namespace
} // namespace fedhub
