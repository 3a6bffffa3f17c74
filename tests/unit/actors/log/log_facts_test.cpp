// The facts of a log line in JSON, and their limits.
#include "actors/log/log_facts.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"
#include "actors/log/peer_log.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Returns the JSON object whose members are the facts.
nlohmann::json object(log_facts& facts) {
  auto members = facts.take();
  if (members.empty())
    return nlohmann::json::object();
  return nlohmann::json::parse("{" + members.substr(1) + "}");
}

template <class T>
nlohmann::json value(const T& x) {
  log_facts facts;
  facts.add("x", x);
  auto all = object(facts);
  return all.contains("x") ? all["x"] : nlohmann::json{};
}

TEST(LogFacts, have_the_type_of_what_they_are_about) {
  const domain_pair pair{*domain_name::parse("a.example"), *domain_name::parse("b.example")};
  EXPECT_EQ(value(std::string{"text"}), "text");
  EXPECT_EQ(value(12), 12);
  EXPECT_EQ(value(true), true);
  EXPECT_EQ(value(1500us), 0.0015);
  EXPECT_EQ(value(30s), 30);
  EXPECT_EQ(value(std::chrono::duration<double>{0.12345678}), 0.123457);
  EXPECT_EQ(value(pair), nlohmann::json({{"from", "a.example"}, {"to", "b.example"}}));
  EXPECT_EQ(value(std::vector<std::string>{"a", "b"}), nlohmann::json({"a", "b"}));
}

TEST(LogFacts, a_failure_brings_its_stage_and_no_failure_nothing) {
  log_facts facts;
  facts.add("failure", failure::connect_refused);
  EXPECT_EQ(object(facts), nlohmann::json({{"failure", "connect-refused"}, {"stage", "connect"}}));
  facts.add("failure", failure::none);
  EXPECT_EQ(facts.take(), "");
}

TEST(LogFacts, a_fact_without_a_value_is_left_out) {
  EXPECT_TRUE(value(std::string{}).is_null());
  EXPECT_TRUE(value(std::vector<std::string>{}).is_null());
}

TEST(LogFacts, a_text_stays_inside_its_field) {
  EXPECT_EQ(value(std::string{"\",\"level\":\"x\n\u202E\\"}), "\",\"level\":\"x\\x0A\\u{202E}\\");
  EXPECT_EQ(value(std::string{"\xFF"}), "\\xFF");
}

TEST(LogFacts, are_bounded_and_say_what_was_cut_off) {
  EXPECT_THAT(value(std::string(5000, 'x')).get<std::string>(), HasSubstr("octets more)"));
  EXPECT_LT(value(std::string(5000, 'x')).get<std::string>().size(), 1100u);
  const auto list = value(std::vector<std::string>(1000, "192.0.2.7:5269"));
  EXPECT_LT(list.dump().size(), 1100u);
  EXPECT_THAT(list.back().get<std::string>(), HasSubstr("more)"));
  log_facts facts;
  for (int i = 0; i < 20; ++i)
    facts.add("x" + std::to_string(i), std::string(1000, 'x'));
  EXPECT_LE(facts.octets(), log_facts::line_octets);
  EXPECT_EQ(object(facts)["facts_left_out"], 12);
}

/// Counts how often its text or facts are requested.
struct asked_for {
  int& times;

  std::string str() const {
    ++times;
    return "text";
  }
  void add_to(log_facts& to) const {
    ++times;
    to.add("asked", true);
  }
};

TEST(LogFacts, are_not_formatted_for_a_line_that_is_not_written) {
  const auto before = log(log_module::resolver).level();
  log(log_module::resolver).set_level(spdlog::level::err);
  int times = 0;
  peer_log{log_module::resolver, "kind", {log_standing::hub, {}}}.info("{}", asked_for{times});
  EXPECT_EQ(times, 0);
  log(log_module::resolver).set_level(before);
}

TEST(LogFacts, are_shown_in_the_text_where_it_has_room_for_them) {
  const std::chrono::seconds limit{30};
  EXPECT_EQ(fmt::format("{} in {} s: {}", fact::domain("a.example"), fact::timeout_s(limit),
                        explained{failure::connect_refused, "why"}, fact::failure(failure::none)),
            "a.example in 30 s: the server refused the connection: why");
}

} // namespace
} // namespace fedhub
