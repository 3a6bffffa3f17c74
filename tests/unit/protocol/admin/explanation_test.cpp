#include "protocol/admin/explanation.hpp"

#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "protocol/admin/log_row.hpp"
#include "protocol/admin/remedy.hpp"

namespace fedhub::admin {
namespace {

using nlohmann::json;

json shown(explanation_row row) { return json::parse(json_of(explanation{{std::move(row)}})); }

TEST(Explanation, has_a_word_for_each_step) {
  std::set<std::string_view> words;
  for (size_t i = 0; i < explained_step_count; ++i)
    words.insert(to_string(static_cast<explained_step>(i)));
  EXPECT_EQ(words.size(), explained_step_count);
  EXPECT_FALSE(words.contains(""));
}

TEST(Explanation, leaves_out_fields_without_a_value) {
  EXPECT_EQ(
    shown({.step = explained_step::route, .detail = "DNS leads there"}),
    (json{{"verdict", "ok"},
          {"steps", {{{"step", "route"}, {"result", "ok"}, {"detail", "DNS leads there"}}}}}));
}

TEST(Explanation, fails_if_one_step_does_and_only_then) {
  const auto verdict = [](step_result result) {
    return shown({.step = explained_step::stream, .result = result, .detail = "d"})["verdict"];
  };
  EXPECT_EQ(verdict(step_result::ok), "ok");
  EXPECT_EQ(verdict(step_result::warn), "ok");
  EXPECT_EQ(verdict(step_result::skipped), "ok");
  EXPECT_EQ(verdict(step_result::fail), "fail");
}

TEST(Explanation, has_the_remedy_of_the_failure_unless_the_step_has_its_own) {
  explanation_row row{.step = explained_step::resolver,
                      .result = step_result::fail,
                      .why = failure::dns_timeout,
                      .detail = "no answer",
                      .source = "192.0.2.53:53",
                      .duration_s = 5.0000004};
  auto step = shown(row)["steps"][0];
  EXPECT_EQ(step["failure"], "dns-timeout");
  EXPECT_EQ(step["remedy"], remedy_of(failure::dns_timeout));
  EXPECT_EQ(step["source"], "192.0.2.53:53");
  EXPECT_EQ(step["duration_s"], 5.0);
  row.remedy = "Wait.";
  EXPECT_EQ(shown(row)["steps"][0]["remedy"], "Wait.");
  row.result = step_result::ok;
  EXPECT_FALSE(shown(row)["steps"][0].contains("remedy"));
}

TEST(LogRow, shows_when_a_level_falls_back) {
  const std::chrono::system_clock::time_point until{std::chrono::milliseconds{1500}};
  EXPECT_EQ(
    json::parse(json_of(std::vector<log_row>{{"hub", "info", {}}, {"Resolver", "trace", until}})),
    (json{{"items",
           {{{"module", "hub"}, {"level", "info"}},
            {{"module", "Resolver"}, {"level", "trace"}, {"until", "1970-01-01T00:00:01.500Z"}}}},
          {"total", 2}}));
}

} // namespace
} // namespace fedhub::admin
