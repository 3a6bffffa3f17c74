// Secrets: their sources, the part of a file that is the secret, and that no message shows them.
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Secrets : public folder_test {};

TEST_F(Secrets, stand_in_files_that_are_listed) {
  for (const auto* name : {"a.secret", "b.secret", "corp.pem", "corp.key", "client.key"})
    write(name, "x");
  const auto secret_files = [&](std::string_view text) {
    const auto result = load(text);
    EXPECT_TRUE(result) << text;
    return result.secret_files;
  };
  const auto at = [&](const char* name) { return folder() / name; };
  EXPECT_THAT(secret_files("hub.name = 'no secret'"), SizeIs(0));
  EXPECT_THAT(secret_files("federation.dialback_secret_file = 'a.secret'"),
              ElementsAre(at("a.secret")));
  EXPECT_THAT(secret_files("federation.dialback_secret_previous_file = 'a.secret'"),
              ElementsAre(at("a.secret")));
  EXPECT_THAT(secret_files("federation.dialback_secret = 'x'"), ElementsAre(at("fedhub.toml")));
  EXPECT_THAT(secret_files("federation.dialback_secret_previous = ['x']"),
              ElementsAre(at("fedhub.toml")));
  EXPECT_THAT(secret_files(R"(
[[node]]
domains = ["a.example"]
secret_file = "a.secret"
[[node]]
domains = ["b.example"]
secret = "x"
[[node]]
domains = ["c.example"]
secret_file = "a.secret"
[tls.client_certificate]
chain_file = "corp.pem"
key_file = "client.key"
[[tls.certificate]]
chain_file = "corp.pem"
key_file = "corp.key"
)"),
              testing::UnorderedElementsAre(at("a.secret"), at("fedhub.toml"), at("client.key"),
                                            at("corp.key")));
}

TEST_F(Secrets, of_zeros_are_refused) {
  for (const auto& blank :
       {std::string(32, '\0'), std::string{" \0\t\n\n", 5}, std::string{"\0\n", 2}}) {
    write("secret", blank);
    EXPECT_THAT(problems("federation.dialback_secret_file = 'secret'"),
                ElementsAre("fedhub.toml:1: federation.dialback_secret_file: found \"secret\", "
                            "which contains only NUL octets; allowed a file of "
                            "1..4096 octets"));
  }
  write("secret", std::string{"good\n\0\0\0\n", 9});
  EXPECT_THAT(problems("federation.dialback_secret_previous_file = 'secret'"), SizeIs(1));
  // Secrets of random octets are good, whatever octets they contain.
  write("secret", std::string{"\0\1 \n\xff", 5});
  EXPECT_THAT(problems("federation.dialback_secret_file = 'secret'"), SizeIs(0));
}

TEST(Secret, is_overwritten_when_it_goes) {
  for (const size_t size : {5, 100}) { // inside the string object, and in separate memory
    alignas(secret) unsigned char room[sizeof(secret)] = {};
    auto* result = new (room) secret{std::string(size, 's')};
    secret moved{std::move(*result)};
    EXPECT_EQ(moved.reveal(), std::string(size, 's'));
    EXPECT_EQ(result->reveal(), "");
    result->~secret();
    // Three octets in a row, since a single one may be part of the string object's pointer.
    const volatile unsigned char* octets = room;
    for (size_t i = 2; i < sizeof room; ++i)
      ASSERT_FALSE(octets[i - 2] == 's' && octets[i - 1] == 's' && octets[i] == 's') << size;
    std::string text(size, 's');
    const volatile char* inside = text.data();
    wipe(text);
    EXPECT_TRUE(text.empty());
    for (size_t i = 0; i < size; ++i)
      ASSERT_EQ(inside[i], 0) << size;
  }
}

std::string dialback_secret(const load_result& result) {
  for (const auto& problem : result.problems)
    ADD_FAILURE() << to_string(problem);
  return result && result.value->federation.dialback_secret
           ? result.value->federation.dialback_secret->reveal()
           : "none";
}

TEST_F(Secrets, come_inline_or_from_a_file_less_its_line_end) {
  EXPECT_EQ(dialback_secret(load("federation.dialback_secret = ' s '")), " s ");
  const std::pair<std::string_view, std::string_view> cases[] = {
    {"s3cret", "s3cret"},       {"s3cret\n", "s3cret"}, {"s3cret\r\n", "s3cret"},
    {"s3cret\n\n", "s3cret\n"}, {" a\nb \n", " a\nb "}, {"\n\n", "\n"},
  };
  for (const auto& [content, expected] : cases) {
    write("dialback.secret", content);
    EXPECT_EQ(dialback_secret(load("federation.dialback_secret_file = 'dialback.secret'")),
              expected);
  }
  write("node.secret", "of the node\n");
  const auto result = load("[[node]]\ndomains = ['a.example']\nsecret_file = 'node.secret'");
  ASSERT_TRUE(result);
  EXPECT_EQ(std::get<component_access>(result.value->nodes.at(0).access).handshake_secret.reveal(),
            "of the node");
}

TEST_F(Secrets, are_not_empty_and_not_too_long) {
  constexpr std::string_view text = "federation.dialback_secret_file = 's'";
  const std::string allowed = "; allowed a file of 1..4096 octets";
  for (const auto* empty : {"", "\n", "\r\n"}) {
    write("s", empty);
    EXPECT_THAT(problems(text),
                ElementsAre("fedhub.toml:1: federation.dialback_secret_file: found \"s\", which is "
                            "empty"
                            + allowed));
  }
  write("s", std::string(4096, 's'));
  EXPECT_EQ(dialback_secret(load(text)), std::string(4096, 's'));
  write("s", std::string(4097, 's'));
  EXPECT_THAT(problems(text), ElementsAre("fedhub.toml:1: federation.dialback_secret_file: found "
                                          "\"s\", more than 4096 octets"
                                          + allowed));
  EXPECT_THAT(problems("federation.dialback_secret = ''"),
              ElementsAre("fedhub.toml:1: federation.dialback_secret: found an empty string; "
                          "allowed string, not empty"));
}

TEST_F(Secrets, have_one_source_each) {
  write("s", "from the file");
  EXPECT_THAT(problems("[federation]\ndialback_secret = 'inline'\ndialback_secret_file = 's'"),
              ElementsAre("fedhub.toml:3: federation.dialback_secret_file: found together with "
                          "dialback_secret; allowed one of the two"));
  EXPECT_THAT(
    problems("[[node]]\ndomains = ['a.example']\nsecret = 'inline'\nsecret_file = 'none'"),
    ElementsAre("fedhub.toml:4: node[0].secret_file: found \"none\", no such file; allowed a file "
                "that can be read",
                "fedhub.toml:4: node[0].secret_file: found together with secret; allowed one of "
                "the two"));
}

std::vector<std::string> previous_secrets(const load_result& result) {
  for (const auto& problem : result.problems)
    ADD_FAILURE() << to_string(problem);
  std::vector<std::string> octets;
  if (result)
    for (const auto& x : result.value->federation.dialback_secret_previous)
      octets.push_back(x.reveal());
  return octets;
}

TEST_F(Secrets, of_the_past_may_be_several) {
  EXPECT_THAT(previous_secrets(load("federation.dialback_secret_previous = ['b', ' a\t']")),
              ElementsAre("b", " a\t"));
  EXPECT_THAT(previous_secrets(load("federation.dialback_secret_previous = []")), ElementsAre());
  EXPECT_THAT(previous_secrets(load("federation.dialback_secret_previous_file = ''")),
              ElementsAre());
  const std::pair<std::string_view, std::vector<std::string>> cases[] = {
    {"", {}},
    {"\n\r\n", {}},
    {"b", {"b"}},
    {"b\n a \r\n\n\nc\n", {"b", " a ", "c"}},
  };
  for (const auto& [content, expected] : cases) {
    write("old", content);
    EXPECT_EQ(previous_secrets(load("federation.dialback_secret_previous_file = 'old'")), expected);
  }
  std::string most;
  for (size_t i = 0; i < max_previous_secrets; ++i)
    most += std::string(4096, 's') + "\r\n";
  write("old", most);
  EXPECT_THAT(previous_secrets(load("federation.dialback_secret_previous_file = 'old'")),
              SizeIs(max_previous_secrets));
}

TEST_F(Secrets, of_the_past_are_checked_like_the_current_one) {
  constexpr std::string_view key = "federation.dialback_secret_previous";
  EXPECT_THAT(
    problems(concat(key, " = ['a',\n'',\n1]")),
    ElementsAre(
      concat("fedhub.toml:2: ", key, "[1]: found an empty string; allowed string, not empty"),
      concat("fedhub.toml:3: ", key, "[2]: found integer; allowed string, not empty")));
  std::string seventeen;
  for (size_t i = 0; i <= max_previous_secrets; ++i)
    seventeen += "'s',";
  EXPECT_THAT(problems(concat(key, " = [", seventeen, "]")),
              ElementsAre(concat("fedhub.toml:1: ", key,
                                 ": found an array of 17; allowed array of at most 16")));

  const auto in_file = concat(key, "_file = 'old'");
  const auto bad_file = [&](std::string_view found) {
    return ElementsAre(concat("fedhub.toml:1: ", key, "_file: found \"old\", ", found,
                              "; allowed a file of at most 16 lines of at most 4096 octets"));
  };
  std::string lines;
  for (size_t i = 0; i <= max_previous_secrets; ++i)
    lines += "s\n";
  write("old", lines);
  EXPECT_THAT(problems(in_file), bad_file("17 lines"));
  write("old", "a\n" + std::string(4097, 's'));
  EXPECT_THAT(problems(in_file), bad_file("a line of 4097 octets"));
  write("old", std::string(65569, '\n'));
  EXPECT_THAT(problems(in_file), bad_file("more than 65568 octets"));
  write("old", "a");
  EXPECT_THAT(problems(concat("[federation]\ndialback_secret_previous = []\n",
                              "dialback_secret_previous_file = 'old'")),
              ElementsAre(concat("fedhub.toml:3: ", key,
                                 "_file: found together with dialback_secret_previous; allowed one "
                                 "of the two")));
}

TEST_F(Secrets, do_not_show_in_problems) {
  write("s", "hunter2hunter2");
  for (const auto* text : {
         "federation.dialback_secret = 12345678",
         "federation.dialback_secret = ['12345678']",
         "federation.dialback_secret_previous = '12345678'",
         "federation.dialback_secret_previous = [12345678]",
         "federation.dialback_secret_previous = [['12345678']]",
         // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one text
         "federation.dialback_secret_previous = ['12345678']\n"
         "federation.dialback_secret_previous_file = 's'",
         "federation.dialback_secret = '12345678'\nfederation.dialback_secret_file = 's'",
         "node = [{ domains = ['a.example'], protocol = 's2s', secret = '12345678' }]",
         "node = [{ domains = ['a.example'], secret = '12345678', secret_file = 's' }]",
       }) {
    const auto lines = problems(text);
    EXPECT_FALSE(lines.empty()) << text;
    for (const auto& line : lines) {
      EXPECT_THAT(line, testing::Not(testing::HasSubstr("12345678")));
      EXPECT_THAT(line, testing::Not(testing::HasSubstr("hunter2")));
    }
  }
}

} // namespace
} // namespace fedhub::conf
