#include "actors/domain/sought_node.hpp"

#include <gtest/gtest.h>

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const sought_node::time_point begin{1h};

TEST(SoughtNode, is_sought_for_the_last_sender_that_missed_it) {
  using run = void (*)(sought_node&);
  const run nothing = [](auto&) {};
  const run failed = [](auto& x) { x.absence.failed(begin); };
  const run away = [](auto& result) {
    result.absence.failed(begin);
    result.absence.end_wait(begin + 1h, 1s);
  };
  const struct {
    const char* what;
    run absence;
    bool missed, listed, moved;
    bool sought, sought_after_use;
  } table[] = {
    {"here", nothing, true, true, false, false, false},
    {"awaited, of a pattern", failed, true, false, false, true, false},
    {"awaited, by name", failed, true, true, false, true, true},
    {"away, of a pattern", away, true, false, false, true, false},
    {"away, by name", away, true, true, false, true, true},
    {"nobody missed it", failed, false, true, false, false, false},
    {"moved", away, true, true, true, false, false},
  };
  for (const auto& row : table) {
    sought_node node;
    row.absence(node);
    if (row.missed)
      node.note_missed(test::domain("corp.example"));
    node.judge(row.moved, row.listed);
    const auto needed_until = begin + 60s;
    EXPECT_EQ(node.sought(needed_until - 1ns, needed_until), row.sought) << row.what;
    EXPECT_EQ(node.sought(needed_until, needed_until), row.sought_after_use) << row.what;
  }
}

TEST(SoughtNode, that_moved_is_missed_by_nobody) {
  sought_node node;
  node.note_missed(test::domain("corp.example"));
  node.judge(false, true);
  EXPECT_EQ(node.missed_by(), test::domain("corp.example"));
  node.judge(true, true);
  EXPECT_TRUE(node.missed_by().empty());
  EXPECT_TRUE(node.absence.here());
}

} // namespace
} // namespace fedhub
