#include "conf/ctl/field_text.hpp"

#include <gtest/gtest.h>

namespace fedhub::ctl {
namespace {

const text_style style{*parse_time("2026-11-30T12:00:00Z")};

struct row {
  std::string_view key;
  const char* value; ///< JSON.
  std::string_view expected;
};

std::string shown(const row& row, const text_style& as = style) {
  return field_text(row.key, *parse_json(row.value), as);
}

TEST(FieldText, shows_each_field_in_its_unit) {
  const row table[] = {
    {"since", R"("2026-11-30T11:57:00Z")", "3 min ago"},
    {"next_attempt", R"("2026-11-30T12:00:40Z")", "in 40 s"},
    {"an_unknown_time", R"("2026-11-30T11:57:00Z")", "3 min ago"},
    {"duration_s", "0.012", "12 ms"},
    {"idle_s", "90", "1 min 30 s"},
    {"bytes_in", "1536", "1.5 KiB"},
    {"queued_bytes", "0", "0 B"},
    {"bytes", "10", "10 B"},
    {"stanzas_in", "123456", "123456"},
    {"days_left", "365.0", "365"},
    {"days_left", "41.5", "41.5"},
    {"ready", "true", "yes"},
    {"ready", "false", "no"},
    {"failure", "null", ""},
    {"domains", R"(["a.example", "b.example"])", "a.example, b.example"},
    {"pairs", R"([{"from": "a", "to": "b", "proof": "pkix"}, {"from": "c", "to": "d"}])",
     "a -> b (pkix), c -> d"},
    {"links", R"([{"address": "192.0.2.1:5", "since": "2026-11-30T11:57:00Z"}])", "192.0.2.1:5"},
    {"certificate", R"({"verdict": "pkix", "subject": "a"})", "pkix"},
    {"counts", R"({"failing": 3, "idle_now": 0})", "failing 3, idle now 0"},
    {"counts", "{}", ""},
  };
  for (const auto& row : table)
    EXPECT_EQ(shown(row), row.expected) << row.key << ' ' << row.value;
}

TEST(FieldText, shows_a_value_of_another_type_as_it_is) {
  const row table[] = {
    {"since", "12", "12"},
    {"since", R"("yesterday")", "yesterday"},
    {"idle_s", R"("long")", "long"},
    {"idle_s", "1e300", "1e+300"},
    {"bytes_in", "-1", "-1"},
    {"bytes_in", "18446744073709551615", "18446744073709551615"},
    {"state", "7", "7"},
    {"state", R"(["failing"])", "failing"},
    {"state", R"({"a": {"b": [1]}})", "a b 1"},
    {"pairs", R"("a")", "a"},
  };
  for (const auto& row : table)
    EXPECT_EQ(shown(row), row.expected) << row.key << ' ' << row.value;
}

TEST(FieldText, leaves_times_in_texts_of_people_as_they_are) {
  for (const auto* key : {"detail", "text", "remedy", "why", "name", "value"})
    EXPECT_EQ(shown({key, R"("2026-11-30T11:57:00Z")", ""}), "2026-11-30T11:57:00Z") << key;
}

TEST(FieldText, shows_nothing_that_a_terminal_could_act_on) {
  const row table[] = {
    {"detail", R"("\u001b[2J\u0007")", R"(\x1B[2J\x07)"},
    {"detail", R"("a\r\nb\tc")", R"(a\x0D\x0Ab\x09c)"},
    {"detail", R"("\u009b31m\u007f")", R"(\u{009B}31m\x7F)"},
    {"name", R"("\u202eelpmaxe")", R"(\u{202E}elpmaxe)"},
    {"domains", R"(["\u001b"])", R"(\x1B)"},
    {"state", R"({"\u001b[0m": "\u0000"})", R"(\x1B[0m \x00)"},
    {"pairs", R"([{"from": "\u001b", "to": "\u001b", "proof": "\u001b"}])",
     R"(\x1B -> \x1B (\x1B))"},
  };
  for (const auto& row : table)
    EXPECT_EQ(shown(row), row.expected) << row.value;
}

TEST(FieldText, writes_ascii_for_a_terminal_without_utf8) {
  auto ascii = style;
  ascii.ascii = true;
  EXPECT_EQ(shown({"name", R"("m\u00fcnchen")", ""}, ascii), R"(m\u{00FC}nchen)");
  EXPECT_EQ(shown({"name", R"("\ud83d\ude00")", ""}, ascii), R"(\u{1F600})");
  EXPECT_EQ(shown({"name", R"("m\u00fcnchen")", ""}), "münchen");
}

TEST(FieldText, ends_a_value_that_is_too_long) {
  const json text(std::string(10'000, 'a'));
  EXPECT_LT(field_text("detail", text, style).size(), most_value_octets + 40);
  const json array(std::vector<std::string>(10'000, "a.example"));
  const auto shown = field_text("domains", array, style);
  EXPECT_LT(shown.size(), most_value_octets + 10);
  EXPECT_TRUE(shown.ends_with("a.example…"));
}

TEST(FieldText, joins_a_failure_and_its_detail) {
  const std::pair<const char*, std::string_view> table[] = {
    {R"({"failure": "dns-timeout", "detail": "no answer"})", "dns-timeout: no answer"},
    {R"({"failure": "dns-timeout"})", "dns-timeout"},
    {R"({"detail": "no answer"})", "no answer"},
    {"{}", ""},
    {"[]", ""},
  };
  for (const auto& [value, expected] : table)
    EXPECT_EQ(failure_text(*parse_json(value), style), expected) << value;
}

} // namespace
} // namespace fedhub::ctl
