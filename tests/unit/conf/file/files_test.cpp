// Files that a configuration names, and the files that configurations are.
#include "tests/unit/conf/file/loading.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "conf/file/files.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Files : public folder_test {};
class Secrets : public folder_test {};

TEST_F(Files, are_taken_from_the_configurations_folder) {
  std::filesystem::create_directory(folder() / "tls");
  write("tls/corp.pem", "x");
  write("corp.key", "x");
  write("ca.pem", "x");
  const auto result = load(R"(
hub.state_dir = "../var//state"
[tls]
ca_file = "./ca.pem"
[[tls.certificate]]
chain_file = "tls/corp.pem"
key_file = "tls/../corp.key"
)");
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value->hub.state_dir, folder().parent_path() / "var/state");
  EXPECT_EQ(result.value->tls.ca_file, folder() / "ca.pem");
  EXPECT_EQ(result.value->tls.certificates.at(0).chain_file, folder() / "tls/corp.pem");
  EXPECT_EQ(result.value->tls.certificates.at(0).key_file, folder() / "corp.key");
}

TEST_F(Files, with_absolute_paths_are_taken_as_they_are) {
  const auto file = write("corp.pem", "x").string();
  const auto result =
    load_text("hub.state_dir = '/var/lib/fedhub'\ntls.ca_file = '" + file + "'", "elsewhere/f");
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value->hub.state_dir, "/var/lib/fedhub");
  EXPECT_EQ(result.value->tls.ca_file, file);
}

TEST_F(Files, must_be_there_and_readable) {
  std::filesystem::create_directory(folder() / "folder");
  ASSERT_EQ(mkfifo((folder() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(
    problems(R"([tls]
ca_file = "none.pem"
[[tls.certificate]]
chain_file = "folder"
key_file = "pipe"
[[tls.certificate]]
chain_file = ""
key_file = 1
)"),
    ElementsAre(
      "fedhub.toml:2: tls.ca_file: found \"none.pem\", no such file; allowed a file that "
      "can be read",
      "fedhub.toml:4: tls.certificate[0].chain_file: found \"folder\", a folder; allowed a "
      "file that can be read",
      "fedhub.toml:5: tls.certificate[0].key_file: found \"pipe\", no regular file; "
      "allowed a file that can be read",
      "fedhub.toml:7: tls.certificate[1].chain_file: found \"\"; allowed path of a file",
      "fedhub.toml:8: tls.certificate[1].key_file: found integer 1; allowed string: path "
      "of a file"));
}

TEST_F(Files, of_a_certificate_come_in_pairs) {
  write("corp.pem", "x");
  EXPECT_THAT(problems("[[tls.certificate]]\nchain_file = 'corp.pem'"),
              ElementsAre("fedhub.toml:1: tls.certificate[0].key_file: found nothing; allowed path "
                          "of a file"));
  EXPECT_THAT(problems("[[tls.certificate]]\nkey_file = 'corp.pem'\nzzz = 1"),
              ElementsAre("fedhub.toml:1: tls.certificate[0].chain_file: found nothing; allowed "
                          "path of a file",
                          "fedhub.toml:3: tls.certificate[0].zzz: found an unknown key; allowed "
                          "chain_file, key_file, ocsp_file"));
}

TEST_F(Files, of_tls_that_are_optional_are_read_where_they_are_named) {
  for (const auto* name :
       {"corp.pem", "corp.key", "corp.ocsp", "client.pem", "client.key", "a.crl", "b.crl"})
    write(name, "x");
  const auto result = load(R"([tls]
crl_files = ["a.crl", "./b.crl"]
[tls.client_certificate]
chain_file = "client.pem"
key_file = "client.key"
[[tls.certificate]]
chain_file = "corp.pem"
key_file = "corp.key"
ocsp_file = "corp.ocsp"
)");
  ASSERT_TRUE(result);
  const auto& tls = result.value->tls;
  EXPECT_THAT(tls.crl_files, ElementsAre(folder() / "a.crl", folder() / "b.crl"));
  EXPECT_EQ(tls.client_certificate,
            (certificate_files{folder() / "client.pem", folder() / "client.key"}));
  EXPECT_THAT(tls.certificates,
              ElementsAre(certificate_files{folder() / "corp.pem", folder() / "corp.key",
                                            folder() / "corp.ocsp"}));
}

TEST_F(Files, of_tls_that_are_optional_must_be_there_where_they_are_named) {
  write("corp.pem", "x");
  EXPECT_THAT(
    problems(R"([tls]
crl_files = ["none.crl",
  "corp.pem",
  "",
  7]
[[tls.certificate]]
chain_file = "corp.pem"
key_file = "corp.pem"
ocsp_file = "none.ocsp"
)"),
    ElementsAre(
      "fedhub.toml:2: tls.crl_files[0]: found \"none.crl\", no such file; allowed a file that can "
      "be read",
      "fedhub.toml:4: tls.crl_files[2]: found \"\"; allowed path of a file",
      "fedhub.toml:5: tls.crl_files[3]: found integer 7; allowed string: path of a file",
      "fedhub.toml:9: tls.certificate[0].ocsp_file: found \"none.ocsp\", no such file; allowed a "
      "file that can be read"));
}

TEST_F(Files, of_the_client_certificate_are_two_or_none) {
  write("client.pem", "x");
  for (const std::string none : {"", "chain_file = ''\n", "chain_file = ''\nkey_file = ''\n"}) {
    const auto result = load("[tls.client_certificate]\n" + none);
    ASSERT_TRUE(result) << none;
    EXPECT_EQ(result.value->tls.client_certificate, std::nullopt);
  }
  EXPECT_THAT(problems("[tls.client_certificate]\nchain_file = 'client.pem'"),
              ElementsAre("fedhub.toml:1: tls.client_certificate.key_file: found nothing; allowed "
                          "path of a file, as chain_file is there"));
  EXPECT_THAT(problems("[tls.client_certificate]\nchain_file = ''\nkey_file = 'client.pem'"),
              ElementsAre("fedhub.toml:2: tls.client_certificate.chain_file: found \"\"; allowed "
                          "path of a file, as key_file is there"));
  EXPECT_THAT(problems("[tls.client_certificate]\nocsp_file = ''"),
              ElementsAre("fedhub.toml:2: tls.client_certificate.ocsp_file: found an unknown key; "
                          "allowed chain_file, key_file"));
}

TEST_F(Files, are_all_listed_so_that_they_can_be_watched) {
  for (const auto* name : {"corp.pem", "corp.key", "node.secret"})
    write(name, "x");
  constexpr auto text = R"([federation]
dialback_secret_file = "none.secret"
[[node]]
domains = ["a.example"]
secret_file = "node.secret"
[tls]
crl_files = ["none.crl"]
[[tls.certificate]]
chain_file = "corp.pem"
key_file = "corp.key"
)";
  // Those that are not there too: when they come, the configuration is good.
  const auto result = load(text);
  EXPECT_FALSE(result);
  EXPECT_THAT(result.files,
              testing::UnorderedElementsAre(folder() / "fedhub.toml", folder() / "none.secret",
                                            folder() / "node.secret", folder() / "none.crl",
                                            folder() / "corp.pem", folder() / "corp.key",
                                            std::filesystem::path{default_ca_file}));
  EXPECT_EQ(result.files.front(), folder() / "fedhub.toml");
  EXPECT_THAT(load("[").files, ElementsAre(folder() / "fedhub.toml"));
  EXPECT_THAT(load_file(folder() / "none.toml").files, ElementsAre(folder() / "none.toml"));
}

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
                            "which holds NUL octets only; allowed a file of "
                            "1..4096 octets"));
  }
  write("secret", std::string{"good\n\0\0\0\n", 9});
  EXPECT_THAT(problems("federation.dialback_secret_previous_file = 'secret'"), SizeIs(1));
  // Secrets of random octets are good, whatever is among them.
  write("secret", std::string{"\0\1 \n\xff", 5});
  EXPECT_THAT(problems("federation.dialback_secret_file = 'secret'"), SizeIs(0));
}

TEST(Secret, is_overwritten_when_it_goes) {
  for (const size_t size : {5, 100}) { // within the string object, and in memory of its own
    alignas(secret) unsigned char room[sizeof(secret)] = {};
    auto* x = new (room) secret{std::string(size, 's')};
    secret moved{std::move(*x)};
    EXPECT_EQ(moved.reveal(), std::string(size, 's'));
    EXPECT_EQ(x->reveal(), "");
    x->~secret();
    const volatile unsigned char* octets = room;
    for (size_t i = 0; i < sizeof room; ++i)
      ASSERT_NE(octets[i], 's') << size;
    std::string text(size, 's');
    const volatile char* inside = text.data();
    wipe(text);
    EXPECT_TRUE(text.empty());
    for (size_t i = 0; i < size; ++i)
      ASSERT_EQ(inside[i], 0) << size;
  }
}

TEST_F(Files, may_be_in_the_way_of_the_state_folder) {
  write("state", "x");
  EXPECT_THAT(problems("[hub]\nthreads = 1"),
              ElementsAre("fedhub.toml:1: hub.state_dir: found \"state\", no folder; allowed a "
                          "folder, or a path where one can be made"));
  EXPECT_THAT(problems("hub.state_dir = ''"),
              ElementsAre("fedhub.toml:1: hub.state_dir: found \"\"; allowed path of a folder"));
  EXPECT_THAT(problems("hub.state_dir = \"a\\u0000b\""), SizeIs(1));
  std::filesystem::create_directory(folder() / "var");
  EXPECT_TRUE(load("hub.state_dir = 'var'"));
}

TEST_F(Files, of_configuration_must_be_readable_and_not_huge) {
  const auto none = load_file(folder() / "none.toml");
  ASSERT_THAT(none.problems, SizeIs(1));
  EXPECT_EQ(to_string(none.problems[0]), (folder() / "none.toml").string()
                                           + ": found no such file; allowed a readable file of at "
                                             "most 16777216 octets");
  EXPECT_EQ(load_file(folder()).problems.at(0).found, "a folder");
  std::string text;
  text.resize(16777216, '\n');
  EXPECT_TRUE(load(text));
  text += '\n';
  EXPECT_EQ(load(text).problems.at(0).found, "more than 16777216 octets");
}

TEST_F(Files, of_configuration_name_themselves_in_problems) {
  const auto result = load("hub.name = 1");
  ASSERT_THAT(result.problems, SizeIs(1));
  EXPECT_EQ(result.problems[0].file, (folder() / "fedhub.toml").string());
  EXPECT_EQ(result.problems[0].line, 1u);
  EXPECT_EQ(result.problems[0].key, "hub.name");
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

TEST_F(Secrets, that_were_may_be_several) {
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

TEST_F(Secrets, that_were_are_checked_like_the_current_one) {
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

/// Whatever is in the place of a file, and whatever a look at its name has said before.
TEST_F(Files, that_are_no_regular_files_are_refused_without_a_wait) {
  const auto pipe = folder() / "pipe";
  const auto socket = folder() / "socket";
  const auto link = folder() / "link";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_EQ(mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
  std::filesystem::create_symlink("pipe", link);
  for (const std::filesystem::path& path : {pipe, socket, link, std::filesystem::path{"/dev/zero"},
                                            std::filesystem::path{"/dev/tty"}}) {
    const auto content = read_file(path, 100);
    ASSERT_TRUE(std::holds_alternative<file_fault>(content)) << path;
    const auto fault = check_readable(path);
    ASSERT_TRUE(fault) << path;
    EXPECT_EQ(fault->why, std::get<file_fault>(content).why);
    if (path != "/dev/tty") { // which not every process has
      EXPECT_EQ(fault->why, "no regular file") << path;
    }
  }
  EXPECT_FALSE(load_file(pipe));
  EXPECT_EQ(std::get<std::string>(read_file("/proc/self/comm", 100)).back(), '\n');
}

TEST_F(Files, that_cannot_be_opened_have_the_systems_reason) {
  std::filesystem::create_symlink("loop.pem", folder() / "loop.pem");
  EXPECT_THAT(problems("tls.ca_file = 'loop.pem'"),
              ElementsAre("fedhub.toml:1: tls.ca_file: found \"loop.pem\", Too many levels of "
                          "symbolic links; allowed a file that can be read"));
  if (geteuid() == 0)
    return; // the superuser may read everything
  chmod(write("corp.pem", "x").c_str(), 0);
  EXPECT_THAT(problems("tls.ca_file = 'corp.pem'"),
              ElementsAre("fedhub.toml:1: tls.ca_file: found \"corp.pem\", Permission denied; "
                          "allowed a file that can be read"));
}

} // namespace
} // namespace fedhub::conf
