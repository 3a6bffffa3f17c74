#include "conf/ctl/list_view.hpp"

#include <gmock/gmock.h>

namespace fedhub::ctl {
namespace {

using testing::ElementsAre;

const text_style style{*parse_time("2026-11-30T12:00:00Z")};

std::vector<json> rows(const char* text) { return elements_of(*parse_json(text)); }

TEST(ListView, has_a_sentence_for_an_empty_list) {
  const std::pair<list_kind, std::string_view> table[] = {
    {list_kind::domains, "no domains\n"},    {list_kind::failing_domains, "no domain fails\n"},
    {list_kind::streams, "no streams\n"},    {list_kind::nodes, "no nodes\n"},
    {list_kind::events, "no events\n"},      {list_kind::audit, "no actions\n"},
    {list_kind::log_levels, "no modules\n"}, {list_kind::other, "none\n"},
  };
  for (const auto& [kind, sentence] : table)
    EXPECT_EQ(list_view(kind, {}, style).text, sentence);
}

TEST(ListView, shows_the_fields_that_are_there) {
  EXPECT_EQ(list_view(list_kind::domains, rows(R"([
              {"name": "partner.example", "state": "connected", "streams_in": 1, "streams_out": 12},
              {"name": "b.example", "state": "failing", "failure": "dns-timeout"},
              {"name": "c.example"}])"),
                      style)
              .text,
            "DOMAIN           STATE      IN  OUT  FAILURE\n"
            "partner.example  connected   1   12\n"
            "b.example        failing             dns-timeout\n"
            "c.example\n");
  EXPECT_EQ(list_view(list_kind::failing_domains,
                      rows(R"([{"name": "b.example", "failing_since": "2026-11-30T07:00:00Z",
                                "attempt_count": 17, "failure": "dns-timeout", "state": "failing"}])"),
                      style)
              .text,
            "DOMAIN     FAILING  ATTEMPTS  FAILURE\n"
            "b.example  5 h ago        17  dns-timeout\n");
  EXPECT_EQ(list_view(list_kind::nodes, rows(R"([{"name": "im1", "health": "up", "links": [
              {"address": "10.0.0.1:1"}, {"address": "10.0.0.2:2"}]}])"),
                      style)
              .text,
            "NODE  HEALTH  LINKS\n"
            "im1   up      10.0.0.1:1, 10.0.0.2:2\n");
}

TEST(ListView, shows_unknown_fields_and_words_at_the_end) {
  EXPECT_EQ(
    list_view(list_kind::nodes,
              rows(R"([{"name": "im1", "health": "sideways", "zone": "b", "a_new_size": 3}])"),
              style)
      .text,
    "NODE  HEALTH    A NEW SIZE  ZONE\n"
    "im1   sideways           3  b\n");
}

TEST(ListView, shows_rows_of_another_type_as_they_are) {
  EXPECT_EQ(
    list_view(list_kind::nodes, rows(R"([{"name": 7, "stanzas_in": "x"}, "im2", 3, null])"), style)
      .text,
    "NODE  IN\n7     x\nim2\n3\n\n");
  EXPECT_EQ(list_view(list_kind::other, rows(R"(["a", "b"])"), style).text, "NAME\na\nb\n");
}

TEST(ListView, gives_unknown_fields_a_bounded_number_of_columns) {
  auto row = json::object();
  for (int i = 0; i < 100; ++i)
    row["field" + std::to_string(i)] = "v";
  const auto text = list_view(list_kind::nodes, {row}, style).text;
  EXPECT_EQ(std::ranges::count(text, 'v'), 16);
}

TEST(ListView, lets_a_word_shrink_that_is_longer_than_any_known_one) {
  auto narrow = style;
  narrow.width = 40;
  const auto shown = list_view(list_kind::nodes, rows(R"([{"name": "im1",
      "health": "a-word-that-is-longer-than-any-health-that-there-is-today"}])"),
                               narrow);
  EXPECT_EQ(shown.text, "NODE  HEALTH\nim1   a-word-that-is-longer-than-any-he…\n");
  EXPECT_THAT(shown.left_out, ElementsAre());
}

TEST(ListView, leaves_a_long_certificate_out_before_it_cuts_a_peer) {
  auto narrow = style;
  narrow.width = 60;
  const auto shown = list_view(list_kind::streams, rows(R"([{"id": 3, "leg": "s2s-out",
      "peer": "partner.example", "certificate": {"verdict": "self-signed certificate in the chain"},
      "pairs": [{"from": "corp.example", "to": "partner.example", "proof": "none"}]}])"),
                               narrow);
  EXPECT_EQ(shown.text, "STREAM  LEG      PEER             PAIRS\n"
                        "     3  s2s-out  partner.example  corp.example -> partner.e…\n");
  EXPECT_THAT(shown.left_out, ElementsAre("CERTIFICATE"));
}

TEST(ListView, has_elements_only_of_an_array) {
  EXPECT_EQ(rows("[1, 2]").size(), 2u);
  EXPECT_EQ(rows("{\"a\": 1}").size(), 0u);
  EXPECT_EQ(rows("null").size(), 0u);
}

} // namespace
} // namespace fedhub::ctl
