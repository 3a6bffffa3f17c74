#include "metrics/http/http_listener.hpp"

#include <cerrno>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace fedhub {
namespace {

using testing::HasSubstr;

struct unix_listener_test : testing::Test {
  const std::string path = testing::TempDir() + "http_listener_test." + std::to_string(getpid());

  ~unix_listener_test() override { unlink(path.c_str()); }
  bool there() const { return access(path.c_str(), F_OK) == 0; }
};

TEST_F(unix_listener_test, makes_a_file_with_its_mode_and_removes_it) {
  {
    auto listener = http_listener::local(path, 0640);
    ASSERT_TRUE(listener) << listener.error();
    struct stat file;
    ASSERT_EQ(stat(path.c_str(), &file), 0);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 0777, 0640u);
    const http_listener moved = std::move(*listener);
    listener = tl::unexpected(std::string{"gone"});
    EXPECT_TRUE(there());
  }
  EXPECT_FALSE(there());
}

TEST_F(unix_listener_test, leaves_the_file_of_a_socket_that_was_inherited) {
  auto manager = http_listener::local(path, 0600);
  ASSERT_TRUE(manager) << manager.error();
  {
    const auto listener = http_listener::inherited(unique_fd{dup(manager->fd())});
    EXPECT_EQ(listener.port(), 0);
  }
  EXPECT_TRUE(there());
}

TEST(http_listener, knows_the_port_of_a_socket_that_was_inherited) {
  const auto manager = http_listener::tcp("127.0.0.1", 0);
  ASSERT_TRUE(manager) << manager.error();
  EXPECT_EQ(http_listener::inherited(unique_fd{dup(manager->fd())}).port(), manager->port());
}

TEST_F(unix_listener_test, replaces_a_socket_that_nobody_listens_on) {
  const std::string aside = path + ".aside";
  {
    const auto first = http_listener::local(path, 0600);
    ASSERT_EQ(rename(path.c_str(), aside.c_str()), 0);
  }
  ASSERT_EQ(rename(aside.c_str(), path.c_str()), 0);
  ASSERT_TRUE(there());
  EXPECT_TRUE(http_listener::local(path, 0600));
}

TEST_F(unix_listener_test, leaves_what_others_use) {
  const auto first = http_listener::local(path, 0600);
  const auto second = http_listener::local(path, 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "bind " + path + ": Address already in use");
  EXPECT_TRUE(there());
}

TEST_F(unix_listener_test, leaves_a_socket_whose_listener_is_only_busy) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  const unique_fd busy{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ASSERT_EQ(bind(busy.get(), name, sizeof address), 0);
  ASSERT_EQ(listen(busy.get(), 0), 0);
  const unique_fd waiting{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ASSERT_EQ(connect(waiting.get(), name, sizeof address), 0);
  const unique_fd refused{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  ASSERT_NE(connect(refused.get(), name, sizeof address), 0);
  ASSERT_EQ(errno, EAGAIN);
  EXPECT_FALSE(http_listener::local(path, 0600));
  EXPECT_TRUE(there());
}

TEST_F(unix_listener_test, leaves_a_file_that_is_no_socket) {
  std::ofstream{path} << "precious";
  EXPECT_FALSE(http_listener::local(path, 0600));
  EXPECT_TRUE(there());
}

TEST_F(unix_listener_test, says_why_it_cannot_listen) {
  EXPECT_THAT(http_listener::local("/nowhere/socket", 0600).error(), HasSubstr("No such file"));
  EXPECT_FALSE(http_listener::local("", 0600));
  EXPECT_FALSE(http_listener::local("/" + std::string(107, 'x'), 0600));
}

} // namespace
} // namespace fedhub
