// Files that a configuration names, and configuration files themselves.
#include "tests/unit/conf/file/loading.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "conf/file/files.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Files : public folder_test {};

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
      "fedhub.toml:5: tls.certificate[0].key_file: found \"pipe\", not a regular file; "
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
                          "path of a file, as chain_file is set"));
  EXPECT_THAT(problems("[tls.client_certificate]\nchain_file = ''\nkey_file = 'client.pem'"),
              ElementsAre("fedhub.toml:2: tls.client_certificate.chain_file: found \"\"; allowed "
                          "path of a file, as key_file is set"));
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
  // Missing files are listed too: the configuration is good as soon as they appear.
  const auto result = load(text);
  EXPECT_FALSE(result);
  EXPECT_THAT(result.files,
              testing::UnorderedElementsAre(
                folder() / "fedhub.toml", folder() / "fedhub.d",
                folder() / "state/layers/estate.toml", folder() / "state/layers/console.toml",
                folder() / "none.secret", folder() / "node.secret", folder() / "none.crl",
                folder() / "corp.pem", folder() / "corp.key",
                std::filesystem::path{default_ca_file}));
  EXPECT_EQ(result.files.front(), folder() / "fedhub.toml");
  EXPECT_THAT(load("[").files, ElementsAre(folder() / "fedhub.toml", folder() / "fedhub.d"));
  EXPECT_THAT(load_file(folder() / "none.toml").files,
              ElementsAre(folder() / "none.toml", folder() / "none.d"));
}

TEST_F(Files, may_be_in_the_way_of_the_state_folder) {
  write("state", "x");
  EXPECT_THAT(
    problems("[hub]\nthreads = 1"),
    ElementsAre("fedhub.toml:1: hub.state_dir: found \"state\", which is not a folder; allowed a "
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

/// A path may lead to anything else than a file. The hub must not wait when it opens it.
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
    if (path != "/dev/tty") { // some processes have no terminal
      EXPECT_EQ(fault->why, "not a regular file") << path;
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
    return; // root may read everything
  chmod(write("corp.pem", "x").c_str(), 0);
  EXPECT_THAT(problems("tls.ca_file = 'corp.pem'"),
              ElementsAre("fedhub.toml:1: tls.ca_file: found \"corp.pem\", Permission denied; "
                          "allowed a file that can be read"));
}

} // namespace
} // namespace fedhub::conf
