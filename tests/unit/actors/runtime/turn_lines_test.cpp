// The order of turns, and the budget of a turn.
#include "actors/runtime/turn_lines.hpp"

#include <string>

#include <gtest/gtest.h>

#include "actors/runtime/turn_budget.hpp"

namespace fedhub {
namespace {

using enum turn_class;

std::string all(turn_lines<char>& lines) {
  std::string order;
  while (!lines.empty())
    order += lines.take();
  return order;
}

TEST(TurnLines, gives_classes_turns_by_turns) {
  turn_lines<char> lines;
  for (char c : std::string{"abc"})
    lines.put(c, unproved, 1);
  for (char c : std::string{"XY"})
    lines.put(c, busy, 2);
  EXPECT_EQ(lines.size(), 5u);
  EXPECT_EQ(all(lines), "XaYbc");
}

TEST(TurnLines, gives_sources_turns_by_turns_however_many_items_each_has) {
  turn_lines<char> lines;
  for (char c : std::string{"abcdef"})
    lines.put(c, unproved, 1);
  lines.put('X', unproved, 2);
  lines.put('Y', unproved, 2);
  lines.put('1', unproved, 3);
  EXPECT_EQ(all(lines), "aX1bYcdef");
}

TEST(TurnLines, puts_an_item_that_comes_again_behind_those_that_wait) {
  turn_lines<char> lines;
  lines.put('a', busy, 1);
  lines.put('b', busy, 2);
  EXPECT_EQ(lines.take(), 'a');
  lines.put('a', busy, 1);
  EXPECT_EQ(all(lines), "ba");
}

TEST(TurnBudget, ends_a_turn_by_octets_by_elements_and_by_dearer_work) {
  struct {
    size_t units, times;
  } const table[] = {{1, turn_budget::unproved},
                     {65536, 1},
                     {SIZE_MAX, 1},
                     {turn_budget::element, 16},
                     {turn_budget::question, 2},
                     {turn_budget::handshake, 1}};
  for (auto& row : table) {
    turn_budget budget;
    budget.begin(turn_budget::unproved);
    for (size_t i = 0; i < row.times; ++i) {
      EXPECT_FALSE(budget.spent()) << row.units << " after " << i;
      budget.charge(row.units);
    }
    EXPECT_TRUE(budget.spent()) << row.units;
    for (int i = 0; i < 100; ++i)
      budget.charge(SIZE_MAX); // the sum must not overflow
    EXPECT_TRUE(budget.spent());
  }
}

TEST(TurnBudget, knows_a_small_turn) {
  turn_budget budget;
  budget.begin(turn_budget::proved);
  budget.charge(turn_budget::small - 1);
  EXPECT_TRUE(budget.was_small());
  budget.charge(1);
  EXPECT_FALSE(budget.was_small());
}

} // namespace
} // namespace fedhub
