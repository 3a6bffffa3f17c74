// The order of turns, and the budget of a turn.
#include "actors/runtime/turn_lines.hpp"

#include <string>

#include <gtest/gtest.h>

#include "actors/runtime/turn_budget.hpp"

namespace fedhub {
namespace {

using enum turn_class;

std::string all(turn_lines<char>& x) {
  std::string order;
  while (!x.empty())
    order += x.take();
  return order;
}

TEST(TurnLines, gives_classes_turns_by_turns) {
  turn_lines<char> x;
  for (char c : std::string{"abc"})
    x.put(c, unproved, 1);
  for (char c : std::string{"XY"})
    x.put(c, busy, 2);
  EXPECT_EQ(x.size(), 5u);
  EXPECT_EQ(all(x), "XaYbc");
}

TEST(TurnLines, gives_sources_turns_by_turns_however_many_items_each_has) {
  turn_lines<char> x;
  for (char c : std::string{"abcdef"})
    x.put(c, unproved, 1);
  x.put('X', unproved, 2);
  x.put('Y', unproved, 2);
  x.put('1', unproved, 3);
  EXPECT_EQ(all(x), "aX1bYcdef");
}

TEST(TurnLines, puts_an_item_that_comes_again_behind_those_that_wait) {
  turn_lines<char> x;
  x.put('a', busy, 1);
  x.put('b', busy, 2);
  EXPECT_EQ(x.take(), 'a');
  x.put('a', busy, 1);
  EXPECT_EQ(all(x), "ba");
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
    turn_budget x;
    x.begin(turn_budget::unproved);
    for (size_t i = 0; i < row.times; ++i) {
      EXPECT_FALSE(x.spent()) << row.units << " after " << i;
      x.charge(row.units);
    }
    EXPECT_TRUE(x.spent()) << row.units;
    for (int i = 0; i < 100; ++i)
      x.charge(SIZE_MAX); // the sum must not overflow
    EXPECT_TRUE(x.spent());
  }
}

TEST(TurnBudget, knows_a_small_turn) {
  turn_budget x;
  x.begin(turn_budget::proved);
  x.charge(turn_budget::small - 1);
  EXPECT_TRUE(x.was_small());
  x.charge(1);
  EXPECT_FALSE(x.was_small());
}

} // namespace
} // namespace fedhub
