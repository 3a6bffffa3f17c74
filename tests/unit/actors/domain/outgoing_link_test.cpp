#include "actors/domain/outgoing_link.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using standing = outgoing_link::standing;

const outgoing_link::time_point begin{1h};

outgoing_link link_in(standing now) {
  outgoing_link link{{"192.0.2.1:5269", false}, "key"};
  if (now != standing::negotiating)
    link.on_ready(begin);
  if (now == standing::of_use)
    link.on_use();
  return link;
}

link_end end_by(taken_back back) {
  link_end end;
  end.by_reload = back;
  return end;
}

TEST(OutgoingLink, becomes_ready_then_of_use) {
  using run = void (*)(outgoing_link&);
  const run ready = [](auto& x) { x.on_ready(begin); };
  const run used = [](auto& x) { x.on_use(); };
  const run silent = [](auto& x) { x.on_silence(); };
  const run refused = [](auto& x) { x.on_refusal("no", false); };
  const run ended = [](auto& x) { x.on_end({}, true); };
  const run ended_carried = [](auto& result) {
    link_end end;
    end.carried = true;
    result.on_end(end, true);
  };
  const struct {
    const char* event;
    run apply;
    standing negotiating, ready, of_use; // the state that follows each of these
  } table[] = {
    {"linkup", ready, standing::ready, standing::ready, standing::of_use},
    {"use", used, standing::negotiating, standing::of_use, standing::of_use},
    {"silence", silent, standing::negotiating, standing::ready, standing::of_use},
    {"refusal", refused, standing::negotiating, standing::ready, standing::of_use},
    {"end", ended, standing::negotiating, standing::ready, standing::of_use},
    {"end, carried", ended_carried, standing::negotiating, standing::of_use, standing::of_use},
  };
  for (const auto& row : table)
    for (const auto& [before, after] : {std::pair{standing::negotiating, row.negotiating},
                                        {standing::ready, row.ready},
                                        {standing::of_use, row.of_use}}) {
      auto link = link_in(before);
      row.apply(link);
      EXPECT_EQ(link.state(), after) << row.event << " in " << static_cast<int>(before);
    }
}

TEST(OutgoingLink, judges_its_end) {
  using verdict = link_verdict;
  const struct {
    standing state;
    taken_back by_reload;
    bool wanted;
    std::chrono::milliseconds lived;
    verdict expected;
  } table[] = {
    {standing::negotiating, taken_back::nothing, false, 9s, verdict::failed},
    {standing::negotiating, taken_back::nothing, true, 9s, verdict::failed},
    {standing::ready, taken_back::nothing, true, 9s, verdict::failed},
    {standing::ready, taken_back::nothing, false, 1s, verdict::lasted},
    {standing::of_use, taken_back::nothing, false, 1s, verdict::lasted},
    {standing::of_use, taken_back::nothing, true, 4999ms, verdict::brief},
    {standing::of_use, taken_back::nothing, true, 5s, verdict::lasted},
    {standing::negotiating, taken_back::some, true, 0s, verdict::taken_back},
    {standing::ready, taken_back::all, true, 0s, verdict::taken_back},
    {standing::of_use, taken_back::all, true, 0s, verdict::taken_back},
  };
  for (const auto& row : table) {
    auto link = link_in(row.state);
    link.on_end(end_by(row.by_reload), true);
    EXPECT_EQ(link.verdict(row.wanted, begin + row.lived), row.expected) << "row " << &row - table;
  }
}

TEST(OutgoingLink, knows_what_the_peer_said_at_its_end) {
  link_end end;
  end.redirect = "other.test";
  for (const bool may_redirect : {false, true}) {
    auto link = link_in(standing::ready);
    EXPECT_EQ(link.redirect(), "");
    link.on_end(end, may_redirect);
    EXPECT_EQ(link.redirect(), may_redirect ? "other.test" : "");
  }
  auto link = link_in(standing::ready);
  EXPECT_EQ(link.refusal(), "");
  link.on_refusal("not here", false);
  link.on_end({}, true);
  EXPECT_EQ(link.refusal(), "not here");
  EXPECT_FALSE(link.was_taken_back());
}

TEST(OutgoingLink, knows_whether_its_peer_may_not_know_the_name_in_the_header) {
  link_end unknown;
  unknown.unknown_host = true;
  const struct {
    standing state;
    bool refused, ended;
    bool expected;
  } table[] = {
    {standing::negotiating, false, true, true}, {standing::ready, false, true, true},
    {standing::ready, true, false, true},       {standing::ready, false, false, false},
    {standing::of_use, false, true, false},     {standing::of_use, true, true, false},
  };
  for (const auto& row : table) {
    auto link = link_in(row.state);
    if (row.refused)
      link.on_refusal("host-unknown", true);
    link.on_end(row.ended ? unknown : link_end{}, true);
    EXPECT_EQ(link.unknown_host(), row.expected) << "row " << &row - table;
  }
}

} // namespace
} // namespace fedhub
