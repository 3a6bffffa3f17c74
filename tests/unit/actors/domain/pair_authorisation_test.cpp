#include "actors/domain/pair_authorisation.hpp"

#include <array>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using state = pair_authorisation::state;

const pair_authorisation::time_point begin{1h};
constexpr std::array states{state::unasked, state::asked, state::authorised, state::refused};

pair_authorisation pair_in(state now) {
  pair_authorisation pair;
  if (now != state::unasked)
    pair.ask(begin);
  if (now == state::authorised)
    pair.authorise();
  if (now == state::refused)
    pair.refuse(begin, failure::dialback_refused, "no");
  return pair;
}

TEST(PairAuthorisation, goes_from_state_to_state_by_events) {
  using run = void (*)(pair_authorisation&);
  const struct {
    const char* event;
    run apply;
    std::array<state, 4> after; // in the order of `states`
  } table[] = {
    {"ask",
     [](auto& x) { x.ask(begin); },
     {state::asked, state::asked, state::asked, state::asked}},
    {"authorise",
     [](auto& x) { x.authorise(); },
     {state::authorised, state::authorised, state::authorised, state::authorised}},
    {"refuse",
     [](auto& x) { x.refuse(begin, failure::dialback_timeout, "late"); },
     {state::refused, state::refused, state::refused, state::refused}},
    {"take back",
     [](auto& x) { x.take_back(); },
     {state::unasked, state::unasked, state::unasked, state::unasked}},
    {"the stream ends",
     [](auto& x) { x.end_stream(); },
     {state::unasked, state::unasked, state::unasked, state::refused}},
  };
  for (const auto& row : table)
    for (size_t i = 0; i < states.size(); ++i) {
      auto pair = pair_in(states[i]);
      ASSERT_EQ(pair.now_is(), states[i]);
      row.apply(pair);
      EXPECT_EQ(pair.now_is(), row.after[i]) << row.event << " in state " << i;
    }
}

TEST(PairAuthorisation, says_what_may_be_done_in_each_state) {
  constexpr auto patience = 30s;
  const auto later = begin + pair_authorisation::refusal_time;
  const auto never = pair_authorisation::time_point::max();
  const struct {
    state x;
    bool may_ask, may_ask_later, refuses, refuses_later, holds_stream;
    pair_authorisation::time_point due;
  } table[] = {
    {state::unasked, true, true, false, false, false, never},
    {state::asked, false, false, false, false, true, begin + patience},
    {state::authorised, false, false, false, false, true, never},
    {state::refused, false, true, true, false, false, never},
  };
  for (const auto& row : table) {
    const auto pair = pair_in(row.x);
    const auto name = static_cast<int>(row.x);
    EXPECT_EQ(pair.may_ask(later - 1ns), row.may_ask) << name;
    EXPECT_EQ(pair.may_ask(later), row.may_ask_later) << name;
    EXPECT_EQ(pair.refuses(later - 1ns), row.refuses) << name;
    EXPECT_EQ(pair.refuses(later), row.refuses_later) << name;
    EXPECT_EQ(pair.holds_stream(), row.holds_stream) << name;
    EXPECT_EQ(pair.due(patience), row.due) << name;
  }
}

TEST(PairAuthorisation, knows_why_it_was_refused) {
  auto pair = pair_in(state::refused);
  EXPECT_EQ(pair.why(), failure::dialback_refused);
  EXPECT_EQ(pair.detail(), "no");
  pair.authorise();
  EXPECT_EQ(pair.why(), failure::none);
  EXPECT_EQ(pair.detail(), "");
}

} // namespace
} // namespace fedhub
