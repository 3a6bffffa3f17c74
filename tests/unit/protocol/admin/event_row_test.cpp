// Rows of the history as JSON.
#include "protocol/admin/event_row.hpp"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fedhub::admin {
namespace {

using namespace std::chrono;
using nlohmann::json;

const system_clock::time_point midday = sys_days{2026y / November / 30} + 12h;

TEST(EventRow, each_kind_has_a_word_of_its_own_that_is_read_again) {
  std::set<std::string_view> words;
  for (const auto kind : all_event_kinds) {
    EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
    words.insert(to_string(kind));
  }
  EXPECT_EQ(words.size(), std::size(all_event_kinds));
  EXPECT_EQ(parse_event_kind("streams"), std::nullopt);
  EXPECT_EQ(parse_event_kind(""), std::nullopt);
}

TEST(EventRow, has_the_fields_of_the_contract) {
  event_row row{.id = 1'700'000'000'001,
                .time = midday,
                .kind = event_kind::attempt,
                .domain = "a.example",
                .leg = "s2s-out",
                .stream = 17,
                .failure = "dns-not-found",
                .detail = "no SRV record",
                .actor = "uid 1000",
                .attempt = R"({"outcome":"failed"})"};
  EXPECT_EQ(json_of(row),
            R"({"id":1700000000001,"time":"2026-11-30T12:00:00.000Z","kind":"attempt",)"
            R"("domain":"a.example","leg":"s2s-out","stream":17,"failure":"dns-not-found",)"
            R"("detail":"no SRV record","actor":"uid 1000","attempt":{"outcome":"failed"}})");
}

TEST(EventRow, leaves_fields_without_a_value_out) {
  EXPECT_EQ(json_of(event_row{.id = 1, .time = midday, .kind = event_kind::config}),
            R"({"id":1,"time":"2026-11-30T12:00:00.000Z","kind":"config"})");
}

TEST(EventRow, shows_the_rest_of_a_row_with_a_damaged_attempt_or_text) {
  const auto shown = json::parse(
    json_of(event_row{.id = 1, .time = midday, .detail = "\xff", .attempt = R"({"outcome":)"}));
  EXPECT_EQ(shown.at("detail"), "\xef\xbf\xbd");
  EXPECT_FALSE(shown.contains("attempt"));
}

TEST(HistoryPage, says_how_it_goes_on) {
  history_page<audit_row> page;
  page.items.push_back({.id = 3,
                        .time = midday,
                        .kind = "close",
                        .actor = "uid 0",
                        .domain = "a.example",
                        .stream = 4,
                        .detail = "done"});
  page.total = 7;
  page.next = "9-3";
  EXPECT_EQ(json_of(page), R"({"items":[{"id":3,"time":"2026-11-30T12:00:00.000Z","kind":"close",)"
                           R"("actor":"uid 0","domain":"a.example","stream":4,"detail":"done"}],)"
                           R"("total":7,"next":"9-3"})");
  EXPECT_EQ(json_of(history_page<event_row>{}), R"({"items":[]})");
}

} // namespace
} // namespace fedhub::admin
