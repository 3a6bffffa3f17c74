// [admin].
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Admin, has_its_socket_where_the_file_says) {
  EXPECT_EQ(loaded("").admin.socket, "");
  EXPECT_EQ(loaded("admin.socket = ''").admin.socket, "");
  EXPECT_EQ(loaded("admin.socket = 'run/../hub.sock'").admin.socket, "etc/hub.sock");
  EXPECT_EQ(loaded("admin.socket = '/run/hub.sock'").admin.socket, "/run/hub.sock");
}

TEST(Admin, takes_a_socket_of_107_octets_and_no_longer_one) {
  EXPECT_EQ(
    loaded(concat("admin.socket = '/", std::string(106, 'a'), "'")).admin.socket.native().size(),
    107);
  EXPECT_THAT(problems_of(concat("admin.socket = '/", std::string(107, 'a'), "'")),
              ElementsAre(HasSubstr("which has 108 octets; allowed a path of at most 107 octets")));
  EXPECT_THAT(problems_of("admin.socket = 1"), SizeIs(1));
}

TEST(Admin, takes_the_names_of_groups) {
  EXPECT_EQ(loaded("").admin.group, "fedhub-admin");
  EXPECT_TRUE(loaded("").admin.auto_reload);
  EXPECT_FALSE(loaded("admin.auto_reload = false").admin.auto_reload);
  for (const auto* good : {"", "adm", "domain.users", "A_1-b", "abcdefghijklmnopqrstuvwxyz012345"})
    EXPECT_EQ(loaded(concat("admin.group = '", good, "'")).admin.group, good);
  for (const auto* bad : {"-adm", "a b", "a:b", "a/b", "ä", "abcdefghijklmnopqrstuvwxyz0123456"})
    EXPECT_THAT(problems_of(concat("admin.group = '", bad, "'")),
                ElementsAre(HasSubstr("allowed the name of a group")))
      << bad;
}

TEST(Admin, bounds_the_history) {
  EXPECT_EQ(loaded("").admin.history_days, 30u);
  EXPECT_EQ(loaded("").admin.history_mebibytes, 256u);
  EXPECT_EQ(loaded("admin.history_days = 3650").admin.history_days, 3650u);
  EXPECT_EQ(loaded("admin.history_mebibytes = 16").admin.history_mebibytes, 16u);
  for (const auto* bad : {"history_days = 0", "history_days = 3651", "history_mebibytes = 15",
                          "history_mebibytes = 65537"})
    EXPECT_THAT(problems_of(concat("admin.", bad)), ElementsAre(HasSubstr("allowed"))) << bad;
}

constexpr const char* good_hash =
  "$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string good_digest(64, 'a');

std::string user_row(const std::string& name, const std::string& rest) {
  return concat("[[admin.user]]\nname = '", name, "'\n", rest, "\n");
}

TEST(Admin, has_people_with_passwords_and_programs_with_tokens) {
  const auto users =
    loaded(user_row("ann", concat("password_hash = '", good_hash, "'\nrole = 'operator'"))
           + user_row("monitor", concat("token_hash = '", good_digest, "'\nrole = 'viewer'")))
      .admin.users;
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[0].name, "ann");
  EXPECT_EQ(users[0].role, admin_role::full);
  EXPECT_TRUE(users[0].password && !users[0].token);
  EXPECT_EQ(users[1].role, admin_role::viewer);
  EXPECT_TRUE(users[1].token && !users[1].password);
}

TEST(Admin, refuses_users_that_could_not_log_in) {
  const auto hash = concat("password_hash = '", good_hash, "'");
  const auto role = std::string{"\nrole = 'viewer'"};
  const std::pair<std::string, std::string> cases[] = {
    {user_row("", hash + role), "allowed 1..64 letters"},
    {user_row("uid 0", hash + role), "allowed 1..64 letters"},
    {user_row("ann", hash), "role"},
    {user_row("ann", hash + "\nrole = 'admin'"), "\"viewer\" | \"operator\""},
    {user_row("ann", "role = 'viewer'"), "password_hash"},
    {user_row("ann", "password_hash = 'secret'" + role), "another text"},
    {user_row("ann", "token_hash = 'secret'" + role), "another text"},
    {user_row("ann", concat(hash, "\ntoken_hash = '", good_digest, "'", role)), "one of both"},
    {user_row("ann", hash + role + "\ncolour = 'red'"), "unknown key"},
    {user_row("ann", hash + role) + user_row("ann", hash + role), "twice"},
  };
  for (const auto& [text, part] : cases) {
    EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr(part))) << text;
    EXPECT_THAT(problems_of(text), testing::Not(ElementsAre(HasSubstr("secret")))) << text;
  }
}

TEST(Admin, takes_names_and_addresses_of_hosts) {
  EXPECT_THAT(loaded("admin.hosts = ['Hub.Example', '192.0.2.1', '2001:DB8::1']").admin.hosts,
              ElementsAre("hub.example", "192.0.2.1", "2001:db8::1"));
  for (const auto* bad : {"", "a..b", "hub.example:80", "https://hub.example"})
    EXPECT_THAT(problems_of(concat("admin.hosts = ['", bad, "']")), SizeIs(1)) << bad;
}

TEST(Admin, needs_both_files_of_a_certificate) {
  EXPECT_THAT(problems_of("admin.chain_file = 'none.pem'"),
              testing::Contains(HasSubstr("key_file")));
  EXPECT_THAT(problems_of("admin.key_file = 'none.pem'"),
              testing::Contains(HasSubstr("chain_file")));
}

} // namespace
} // namespace fedhub::conf
