#include "actors/runtime/side_threads.hpp"

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

/// Returns whether the condition comes true within 10 s.
template <class Condition>
bool eventually(Condition condition) {
  for (auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;
       std::this_thread::yield())
    if (condition())
      return true;
  return false;
}

TEST(SideThreads, leave_work_that_hangs_alone) {
  std::promise<void> back;
  auto gate = back.get_future().share();
  std::promise<void> ended;
  {
    side_threads two{2};
    EXPECT_TRUE(two.run([gate] { gate.wait(); }));
    EXPECT_TRUE(two.run([gate, &ended] {
      gate.wait();
      ended.set_value();
    }));
    EXPECT_FALSE(two.run([] {})); // no third thread while both hang
    EXPECT_EQ(side_threads::running(), 2u);
  } // the destructor does not wait
  EXPECT_EQ(side_threads::running(), 2u);
  back.set_value();
  ended.get_future().wait();
  EXPECT_TRUE(eventually([] { return side_threads::running() == 0; }));
}

TEST(SideThreads, can_be_used_again_once_work_has_ended_or_failed) {
  side_threads one{1};
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(eventually([&] { return one.run([] { throw std::runtime_error("no file"); }); }));
  EXPECT_TRUE(eventually([] { return side_threads::running() == 0; }));
}

TEST(SideThreads, let_go_of_what_the_work_held) {
  side_threads one{1};
  auto held = std::make_shared<int>(1);
  ASSERT_TRUE(one.run([held] {}));
  EXPECT_TRUE(eventually([&] { return side_threads::running() == 0; }));
  EXPECT_EQ(held.use_count(), 1);
}

} // namespace
} // namespace fedhub
