// Documents written as TOML.
#include "conf/file/toml_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fedhub::conf {
namespace {

toml_table parsed(const std::string& text) {
  auto result = parse_toml(text);
  if (const auto* error = std::get_if<toml_syntax_error>(&result)) {
    ADD_FAILURE() << error->what << " in line " << error->line << " of\n" << text;
    return {};
  }
  return std::get<toml_table>(std::move(result));
}

TEST(TomlWriter, writes_what_parses_to_the_same) {
  const std::pair<std::string, std::string> cases[] = {
    {"", ""},
    {"a = true\nb = -1\nc = 'x'", "a = true\nb = -1\nc = \"x\"\n"},
    {"a = 1.0\nb = 1e300\nc = 0.1\nd = 1e22", "a = 1.0\nb = 1e+300\nc = 0.1\nd = 1e+22\n"},
    {"a = [1, ['x'], { b = 2 }]", "a = [1, [\"x\"], {b = 2}]\n"},
    {"\"a b\" = 1\n\"\" = 2\n\"c.d\" = 3\n\"ö\" = 4", ""},
    {R"(a = "\" \\ \n \t \u0000 \u007f ö 😀")", ""},
    {"[a]\nb = 1\n[a.c]\nd = 2\n[a.c.e]\nf = 3\n[[a.g]]\nh = 4\n[[a.g]]\ni = { j = 5 }",
     "\n[a]\nb = 1\n\n[a.c]\nd = 2\ne = {f = 3}\n\n[[a.g]]\nh = 4\n\n[[a.g]]\ni = {j = 5}\n"},
    {"[[r]]\n[[r]]\ns = [{ t = 1 }]", "\n[[r]]\n\n[[r]]\ns = [{t = 1}]\n"},
    {"[a]\n[b.c]", "\n[a]\n\n[b]\n\n[b.c]\n"},
    {"a = []\nb = {}", "a = []\n\n[b]\n"},
  };
  for (const auto& [text, expected] : cases) {
    const auto document = parsed(text);
    const auto written = to_toml(document);
    if (!expected.empty()) {
      EXPECT_EQ(written, expected);
    }
    EXPECT_EQ(to_toml(parsed(written)), written) << text;
    EXPECT_EQ(parsed(written).size(), document.size()) << written;
  }
}

TEST(TomlWriter, keeps_every_octet_of_a_string) {
  std::string octets;
  for (int c = 0; c < 128; ++c)
    octets += static_cast<char>(c);
  const auto written = to_toml({{octets, 0, {octets, 0, 0}}});
  const auto again = parsed(written);
  ASSERT_EQ(again.size(), 1);
  EXPECT_EQ(again[0].key, octets);
  EXPECT_EQ(std::get<std::string>(again[0].value.data), octets);
}

} // namespace
} // namespace fedhub::conf
