// Changes of the configuration as the API takes them.
#include "conf/file/config_patch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/file/toml_writer.hpp"
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

toml_table document(std::string_view text) { return std::get<toml_table>(parse_toml(text)); }

/// What the operator's file has in all tests.
constexpr std::string_view below_text = R"([limits]
stanza_depth = 70
[[static_route]]
domain = "A.example"
address = "192.0.2.1"
priority = 5
[[node]]
domains = ["corp.example"]
protocol = "component"
secret = "s"
[[node]]
name = "with-file"
domains = ["b.example"]
protocol = "component"
secret_file = "f"
)";

patched_console patched(std::string_view patch, std::string_view console = "") {
  layer_sum below;
  below.add("etc/fedhub.toml", document(below_text));
  below.finish();
  return patch_console(patch, document(console), below, "state/layers/console.toml");
}

struct patch_case {
  std::string console;
  std::string patch;
  std::string result; ///< the console's file.
};

TEST(ConfigPatch, changes_what_the_console_sets) {
  const std::string removed = "[[static_route]]\naddress = \"192.0.2.1:5269\"\ndomain = "
                              "\"a.example\"\nremoved = true\n";
  const patch_case cases[] = {
    {"", "{}", ""},
    {"", R"({"limits": {"stanza_depth": 7}})", "[limits]\nstanza_depth = 7\n"},
    {"limits.stanza_depth = 7", R"({"limits": {"stanza_depth": null}})", ""},
    {"limits.stanza_depth = 7", R"({"limits": null})", ""},
    {"limits.stanza_depth = 7", R"({"limits": {"connections": 8}})",
     "[limits]\nconnections = 8\nstanza_depth = 7\n"},
    {"", R"({"limits": {}, "nothing": {"at": {"all": null}}})", ""},
    {"limits = 1", R"({"limits": {"stanza_depth": 7}})", "[limits]\nstanza_depth = 7\n"},
    {"", R"({"log": {"modules": {"stream.in": "debug"}}})",
     "[log]\n\n[log.modules]\n\"stream.in\" = \"debug\"\n"},
    {"", R"({"federation": {"deny": ["b", "c"], "enabled": false}})",
     "[federation]\ndeny = [\"b\", \"c\"]\nenabled = false\n"},
    {"", R"({"static_route": {"a.EXAMPLE 192.0.2.1:5269": {"priority": 1}}})",
     "[[static_route]]\naddress = \"192.0.2.1\"\ndomain = \"A.example\"\npriority = 1\n"},
    {"", R"({"static_route": {"n.example [::1]": {"weight": 1}}})",
     "[[static_route]]\naddress = \"[::1]:5269\"\ndomain = \"n.example\"\nweight = 1\n"},
    {"", R"({"static_route": {"a.example 192.0.2.1": null}})", removed},
    {removed, R"({"static_route": {"a.example 192.0.2.1": {}}})",
     "[[static_route]]\naddress = \"192.0.2.1\"\ndomain = \"A.example\"\npriority = 5\n"},
    {removed, R"({"static_route": null})", ""},
    {"[[trust]]\ndomain = 'x.example'\n[[trust]]\ndomain = 'y.example'",
     R"({"trust": {"X.example": null}})", "[[trust]]\ndomain = \"y.example\"\n"},
    {"", R"({"node": {"node-1": {"secret": "t"}}})",
     "[[node]]\ndomains = [\"corp.example\"]\nname = \"node-1\"\nprotocol = "
     "\"component\"\nsecret = \"t\"\n"},
    {"", R"({"node": {"with-file": null}})", "[[node]]\nname = \"with-file\"\nremoved = true\n"},
  };
  for (const auto& [console, patch, expected] : cases) {
    const auto result = patched(patch, console);
    EXPECT_THAT(result.problems, IsEmpty()) << patch;
    auto text = to_toml(result.document);
    if (text.starts_with('\n'))
      text.erase(0, 1);
    EXPECT_EQ(text, expected) << patch;
    EXPECT_EQ(to_toml(document(text)), to_toml(result.document)) << patch;
  }
}

TEST(ConfigPatch, copies_no_row_with_a_path) {
  const auto result = patched(R"({"node": {"with-file": {"domains": ["c.example"]}}})");
  ASSERT_THAT(result.problems, SizeIs(1));
  EXPECT_EQ(result.problems[0].found, "a row with secret_file");
}

TEST(ConfigPatch, reports_every_problem_up_to_a_bound) {
  std::vector<std::string> keys;
  for (const auto& each :
       patched(R"({"hub": {"name": "x"}, "tls": {"ca_file": "x"}, "trust": 1})").problems)
    keys.push_back(each.key);
  EXPECT_THAT(keys, ElementsAre("hub", "tls.ca_file", "trust"));
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += concat(i == 0 ? "{" : ",", "\"", std::to_string(i), "\":[null]");
  const auto refused = patched(many + "}");
  EXPECT_THAT(refused.problems, SizeIs(most_problems));
  EXPECT_EQ(refused.more_problems, 200 - most_problems);
}

TEST(ConfigPatch, refuses_what_is_no_object_of_bounded_depth) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i)
      text += "{\"a\":";
    return text + "1" + std::string(static_cast<size_t>(depth), '}');
  };
  for (const std::string& bad :
       {std::string{}, std::string{"[]"}, std::string{"1"}, std::string{"{\"a\":}"},
        std::string{"{\"a\":\"\xff\"}"}, nested(40), nested(100000)})
    EXPECT_THAT(patched(bad).problems, SizeIs(1)) << bad.substr(0, 20);
  EXPECT_THAT(patched(nested(20)).problems, IsEmpty());
}

} // namespace
} // namespace fedhub::conf
