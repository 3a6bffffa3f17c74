#include "conf/ctl/top_view.hpp"

#include <gmock/gmock.h>

#include "conf/ctl/display_width.hpp"
#include "conf/ctl/list_view.hpp"

namespace fedhub::ctl {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

json value(const char* text) { return *parse_json(text); }

/// A page of a hub with a node, a domain that fails, and two that are busy.
class TopView : public testing::Test {
protected:
  TopView() {
    auto& answers = page.answers;
    answers.status = value(R"({"name": "hub.example", "ready": true,
      "since": "2026-11-27T12:00:00Z", "queued": {"stanzas": 7},
      "counts": {"domains": {"connected": 2, "failing": 1}}})");
    answers.notifications = value(R"({"total": 1, "items": [
      {"severity": "error", "text": "node im2 is down"}]})");
    answers.failing = value(R"({"items": [{"name": "bad.example", "queued_stanzas": 5,
      "failing_since": "2026-11-30T11:00:00Z", "failure": "dns-timeout", "detail": "no answer"}]})");
    answers.series["stanzas_in"] = value(R"({"values": [1, 12.25, null]})");
    answers.series["bytes_in"] = value(R"({"values": [2048]})");
    look(0, 0);
    now += 2s;
    look(100, 40);
  }

  /// Notes what the node and the domains have counted.
  void look(int in, int out) {
    const auto row = [](const char* name, int stanzas_in, int stanzas_out) {
      json made = json::object();
      made["name"] = name;
      made["stanzas_in"] = stanzas_in;
      made["stanzas_out"] = stanzas_out;
      return made;
    };
    auto node = row("im1", in, out);
    node["health"] = "up";
    node["queued_stanzas"] = 3;
    page.answers.nodes = json::object();
    page.answers.nodes["items"] = json::array({node});
    page.answers.domains = json::object();
    page.answers.domains["items"] = json::array(
      {row("calm.example", in / 10, 0), row("busy.example", in, out), row("still.example", 9, 9)});
    page.nodes.note(elements_of(member(page.answers.nodes, "items")), now);
    page.domains.note(elements_of(member(page.answers.domains, "items")), now);
  }
  std::vector<std::string> lines(size_t height, size_t width = 80) const {
    auto style = wide;
    style.width = width;
    return top_lines(page, height, style);
  }

  const text_style wide{*parse_time("2026-11-30T12:00:00Z")};
  top_rates::clock::time_point now{1000h};
  top_page page;
};

TEST_F(TopView, shows_rates_and_what_fails) {
  EXPECT_THAT(lines(24),
              ElementsAre("hub.example is ready, started 3 d ago  2026-11-30T12:00:00Z",
                          "stanzas/s: in 12, out -, returned -; in 2 KiB/s, out -",
                          "domains: connected 2, failing 1; queued: stanzas 7",
                          "! error: node im2 is down", "", "NODE  HEALTH  IN/s  OUT/s  QUEUED",
                          "im1   up        50     20       3", "",
                          "FAILING      SINCE    QUEUED  FAILURE",
                          "bad.example  1 h ago       5  dns-timeout: no answer", "",
                          "BUSIEST       IN/s  OUT/s", "busy.example    50     20",
                          "calm.example     5      0"));
}

TEST_F(TopView, fits_any_terminal) {
  for (const size_t height : {1, 2, 3, 5, 8, 13, 24})
    for (const size_t width : {10, 20, 40, 200}) {
      const auto shown = lines(height, width);
      EXPECT_LE(shown.size(), height);
      for (const auto& line : shown)
        EXPECT_LE(display_width(line), width) << line;
    }
}

TEST_F(TopView, shows_the_oldest_answers_and_why_there_are_no_newer_ones) {
  page.trouble = "the hub does not answer at \x1b[2J";
  const auto shown = lines(24);
  EXPECT_THAT(shown[1], StartsWith("! the hub does not answer at \\x1B[2J"));
  EXPECT_THAT(top_line(page, wide), HasSubstr("the hub does not answer"));
}

TEST_F(TopView, passes_nothing_on_that_acts_on_the_terminal) {
  page.answers.failing["items"][0]["name"] = "bad\x1b[2J.example";
  page.answers.failing["items"][0]["detail"] = "\r\n\x07 spoof";
  page.answers.notifications["items"][0]["text"] = "x\x1b]0;title\x07";
  page.answers.status["name"] = "\x1b[31m";
  for (const auto& line : lines(24))
    EXPECT_EQ(line.find_first_of("\x1b\r\n\x07"), line.npos) << line;
}

TEST_F(TopView, shows_any_answers) {
  for (const auto* answer : {"null", "[]", "7", R"({"items": 5})", R"({"items": [7, null, {}]})",
                             R"({"values": "x", "counts": [], "queued": "a"})"}) {
    top_page odd;
    odd.answers = {value(answer), value(answer), value(answer), value(answer), value(answer), {}};
    odd.answers.series["stanzas_in"] = value(answer);
    EXPECT_FALSE(top_lines(odd, 24, wide).empty()) << answer;
    EXPECT_TRUE(parse_json(top_json(odd, wide))) << answer;
  }
}

TEST_F(TopView, has_no_rates_of_a_row_that_is_new_or_has_begun_again) {
  EXPECT_EQ(page.nodes.of("im1").in, 50);
  EXPECT_EQ(page.nodes.of("im2").in, std::nullopt);
  now += 2s;
  look(10, 60);
  EXPECT_EQ(page.nodes.of("im1").in, std::nullopt);
  EXPECT_EQ(page.nodes.of("im1").out, 10);
}

TEST_F(TopView, writes_lines_for_pipes) {
  EXPECT_EQ(top_line(page, wide), "2026-11-30T12:00:00Z  stanzas/s: in 12, out -, returned -; "
                                  "in 2 KiB/s, out -; domains: connected 2, failing 1; "
                                  "queued: stanzas 7\n");
  const auto line = top_json(page, wide);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(value(line.c_str())["series"]["stanzas_in"], 12.25);
  EXPECT_EQ(value(line.c_str())["status"]["name"], "hub.example");
}

TEST(NewestValue, is_at_most_three_steps_old) {
  const std::pair<const char*, std::optional<double>> table[] = {
    {R"({"values": [1, 2]})", 2},
    {R"({"values": [1, null, null]})", 1},
    {R"({"values": [1, null, null, null]})", std::nullopt},
    {R"({"values": []})", std::nullopt},
    {"{}", std::nullopt},
  };
  for (const auto& [series, newest] : table)
    EXPECT_EQ(newest_value(value(series)), newest) << series;
}

} // namespace
} // namespace fedhub::ctl
