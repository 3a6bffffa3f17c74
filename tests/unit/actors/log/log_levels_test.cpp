#include "actors/log/log_levels.hpp"

#include <map>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using conf::log_level;

/// Levels of a log whose state the test sees.
class LogLevels : public testing::Test {
protected:
  LogLevels() {
    levels.configure({.level = log_level::info, .modules = {{"Resolver", log_level::warn}}});
  }

  log_level shown(log_module module) { return levels.rows().at(static_cast<size_t>(module)).level; }
  bool raised(log_module module) {
    return levels.rows().at(static_cast<size_t>(module)).until.has_value();
  }

  std::map<log_module, log_level> in_force;
  log_levels levels{[this](log_module module, log_level level) { in_force[module] = level; }};
  log_levels::time_point start{1h};
};

TEST_F(LogLevels, are_the_configured_ones_at_first) {
  ASSERT_EQ(levels.rows().size(), log_module_count);
  for (const auto& row : levels.rows()) {
    EXPECT_EQ(row.level, row.module == log_module::resolver ? log_level::warn : log_level::info);
    EXPECT_EQ(in_force.at(row.module), row.level);
    EXPECT_FALSE(row.until);
  }
  EXPECT_FALSE(levels.next_expiry());
}

TEST_F(LogLevels, fall_back_when_their_time_is_over) {
  levels.set(log_module::resolver, log_level::trace, start + 10s);
  levels.set(log_module::hub, log_level::error, start + 5s);
  EXPECT_EQ(in_force.at(log_module::resolver), log_level::trace);
  EXPECT_EQ(levels.next_expiry(), start + 5s);
  levels.expire(start + 5s);
  EXPECT_EQ(in_force.at(log_module::hub), log_level::info);
  EXPECT_EQ(in_force.at(log_module::resolver), log_level::trace);
  EXPECT_EQ(levels.next_expiry(), start + 10s);
  levels.expire(start + 10s - 1ms);
  EXPECT_TRUE(raised(log_module::resolver));
  levels.expire(start + 10s);
  EXPECT_EQ(in_force.at(log_module::resolver), log_level::warn);
  EXPECT_EQ(shown(log_module::resolver), log_level::warn);
  EXPECT_FALSE(levels.next_expiry());
}

TEST_F(LogLevels, give_way_to_the_next_configuration) {
  levels.set(log_module::resolver, log_level::trace, start + 10s);
  levels.configure({.level = log_level::debug, .modules = {}});
  EXPECT_EQ(in_force.at(log_module::resolver), log_level::debug);
  EXPECT_FALSE(levels.next_expiry());
  levels.expire(start + 1h);
  EXPECT_EQ(in_force.at(log_module::resolver), log_level::debug);
}

TEST_F(LogLevels, take_the_later_order_for_one_module) {
  levels.set(log_module::hub, log_level::trace, start + 10s);
  levels.set(log_module::hub, log_level::debug, start + 60s);
  levels.expire(start + 10s);
  EXPECT_EQ(shown(log_module::hub), log_level::debug);
  levels.set(log_module::hub, log_level::info, start + 60s); // as configured
  EXPECT_FALSE(levels.next_expiry());
  EXPECT_EQ(in_force.at(log_module::hub), log_level::info);
}

TEST(LevelsOfLog, decide_what_a_logger_writes) {
  configure_log({.level = log_level::error, .modules = {}}, "test");
  EXPECT_FALSE(log(log_module::dialback_verify).should_log(spdlog::level::debug));
  levels_of_log().set(log_module::dialback_verify, log_level::debug, log_levels::time_point{1h});
  EXPECT_TRUE(log(log_module::dialback_verify).should_log(spdlog::level::debug));
  EXPECT_FALSE(log(log_module::dialback_verify).should_log(spdlog::level::trace));
  levels_of_log().expire(log_levels::time_point{1h});
  EXPECT_FALSE(log(log_module::dialback_verify).should_log(spdlog::level::warn));
}

} // namespace
} // namespace fedhub
