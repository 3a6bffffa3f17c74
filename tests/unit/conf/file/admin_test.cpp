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

} // namespace
} // namespace fedhub::conf
