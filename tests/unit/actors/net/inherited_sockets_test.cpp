#include "actors/net/inherited_sockets.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

socket_address loopback(uint16_t port) { return *socket_address::parse("127.0.0.1", port); }

/// Returns a descriptor that is none of those that sockets are passed at.
unique_fd high_descriptor(const unique_fd& fd) {
  return unique_fd{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 100)};
}

unique_fd plain_socket(int type, const socket_address& at) {
  auto fd = high_descriptor(unique_fd{::socket(at.family(), type, 0)});
  EXPECT_EQ(::bind(fd.get(), at.data(), at.size()), 0);
  return fd;
}

unique_fd plain_listener(const socket_address& at = loopback(0)) {
  auto fd = plain_socket(SOCK_STREAM, at);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

int option(const unique_fd& fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(fd.get(), level, name, &value, &size), 0);
  return value;
}

/// Passes sockets to this process at descriptors from 3 on, as a service manager does. What was
/// there before comes back afterwards.
class inherited_sockets_test : public testing::Test {
protected:
  static constexpr int first = 3;

  ~inherited_sockets_test() override {
    for (size_t i = 0; i < former_.size(); ++i)
      if (former_[i])
        ::dup2(former_[i].get(), first + static_cast<int>(i));
      else
        ::close(first + static_cast<int>(i));
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
      ::unsetenv(name);
  }

  /// @param sockets stay with the caller, as the service manager keeps them.
  void pass(const std::vector<int>& sockets, const char* names, std::optional<int> count = {},
            pid_t to = ::getpid()) {
    std::vector<unique_fd> high;
    for (int fd : sockets)
      high.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 200));
    for (size_t i = 0; i < sockets.size(); ++i) {
      former_.emplace_back(::fcntl(first + static_cast<int>(i), F_DUPFD_CLOEXEC, 300));
      ::dup2(high[i].get(), first + static_cast<int>(i));
    }
    const int told = count.value_or(static_cast<int>(sockets.size()));
    ::setenv("LISTEN_PID", std::to_string(to).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(told).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", names, 1);
  }

private:
  std::vector<unique_fd> former_; ///< copies; invalid where nothing was.
};

TEST_F(inherited_sockets_test, finds_a_socket_by_type_and_address_whatever_its_name) {
  const auto one = plain_listener(), other = plain_listener();
  const auto datagrams = plain_socket(SOCK_DGRAM, local_address(one.get()));
  pass({other.get(), datagrams.get(), one.get()}, "same.socket:same.socket:same.socket");
  auto sockets = inherited_sockets::take();
  const auto tcp = sockets.claim_tcp(local_address(one.get()));
  ASSERT_TRUE(tcp);
  EXPECT_EQ(local_address(tcp.get()), local_address(one.get()));
  EXPECT_EQ(option(tcp, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  const auto udp = sockets.claim_udp(local_address(one.get()));
  ASSERT_TRUE(udp);
  EXPECT_EQ(option(udp, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EXPECT_FALSE(sockets.claim_tcp(local_address(one.get()))) << "it was claimed already";
  EXPECT_THAT(sockets.close_unclaimed(),
              ElementsAre("same.socket " + local_address(other.get()).str()));
}

TEST_F(inherited_sockets_test, a_claimed_listener_has_the_options_of_one_that_the_hub_binds) {
  const auto given = plain_listener();
  ::fcntl(given.get(), F_SETFD, 0);
  pass({given.get()}, "");
  const auto tcp = inherited_sockets::take().claim_tcp(local_address(given.get()));
  ASSERT_TRUE(tcp);
  EXPECT_NE(::fcntl(tcp.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(tcp.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(option(tcp, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(tcp, SOL_SOCKET, SO_KEEPALIVE), 1);
}

struct address_case {
  const char* passed;
  const char* configured;
  bool fits;
};

class passed_address_test : public inherited_sockets_test,
                            public testing::WithParamInterface<address_case> {};

TEST_P(passed_address_test, is_compared_in_full) {
  const auto& row = GetParam();
  const auto given = plain_listener(*socket_address::parse(row.passed, 0));
  pass({given.get()}, "fedhub.socket");
  auto sockets = inherited_sockets::take();
  const auto port = local_address(given.get()).port();
  EXPECT_EQ(bool{sockets.claim_tcp(*socket_address::parse(row.configured, port))}, row.fits);
}

INSTANTIATE_TEST_SUITE_P(
  addresses, passed_address_test,
  testing::Values(address_case{"127.0.0.1", "127.0.0.1", true}, address_case{"::1", "::1", true},
                  address_case{"::", "::", true}, address_case{"0.0.0.0", "0.0.0.0", true},
                  address_case{"127.0.0.1", "127.0.0.2", false},
                  address_case{"0.0.0.0", "127.0.0.1", false},
                  address_case{"127.0.0.1", "0.0.0.0", false}, address_case{"::", "0.0.0.0", false},
                  address_case{"::", "::1", false}));

TEST_F(inherited_sockets_test, no_passed_socket_is_any_free_port) {
  const auto given = plain_listener();
  pass({given.get()}, "fedhub.socket");
  auto sockets = inherited_sockets::take();
  EXPECT_FALSE(sockets.claim_tcp(loopback(0)));
  EXPECT_TRUE(sockets.claim_tcp(local_address(given.get())));
}

TEST_F(inherited_sockets_test, a_stream_socket_that_does_not_listen_fits_nothing) {
  const auto bound = plain_socket(SOCK_STREAM, loopback(0));
  pass({bound.get()}, "fedhub@1.service");
  auto sockets = inherited_sockets::take();
  EXPECT_FALSE(sockets.claim_tcp(local_address(bound.get())));
  EXPECT_THAT(sockets.close_unclaimed(),
              ElementsAre("fedhub@1.service " + local_address(bound.get()).str()));
}

TEST_F(inherited_sockets_test, a_unix_socket_is_found_by_its_path) {
  const std::string path = testing::TempDir() + "inherited." + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto given = high_descriptor(unique_fd{::socket(AF_UNIX, SOCK_STREAM, 0)});
  ASSERT_EQ(::bind(given.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(given.get(), 1), 0);
  ::unlink(path.c_str());
  pass({given.get()}, "fedhub.socket");
  auto sockets = inherited_sockets::take();
  EXPECT_FALSE(sockets.claim_local(path + "2"));
  const auto found =
    sockets.claim_local(testing::TempDir() + "./x/../inherited." + std::to_string(::getpid()));
  ASSERT_TRUE(found);
  EXPECT_NE(::fcntl(found.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_THAT(sockets.close_unclaimed(), IsEmpty());
}

TEST_F(inherited_sockets_test, an_unclaimed_socket_is_found_by_its_port) {
  const auto given = plain_listener(*socket_address::parse("0.0.0.0", 0));
  const auto port = local_address(given.get()).port();
  pass({given.get()}, "fedhub.socket");
  auto sockets = inherited_sockets::take();
  EXPECT_EQ(sockets.unclaimed_at(port), "fedhub.socket 0.0.0.0:" + std::to_string(port));
  EXPECT_EQ(sockets.unclaimed_at(port == 9 ? 10 : 9), "");
  const auto claimed = sockets.claim_tcp(*socket_address::parse("0.0.0.0", port));
  EXPECT_EQ(sockets.unclaimed_at(port), "");
}

TEST_F(inherited_sockets_test, unclaimed_sockets_are_closed) {
  auto given = plain_listener();
  const auto at = local_address(given.get());
  pass({given.get()}, "");
  auto sockets = inherited_sockets::take();
  given.reset();
  EXPECT_FALSE(listen_tcp(at)) << "the process holds it";
  EXPECT_THAT(sockets.close_unclaimed(), ElementsAre(at.str()));
  EXPECT_TRUE(listen_tcp(at));
}

TEST_F(inherited_sockets_test, variables_for_another_process_and_wrong_ones_mean_no_sockets) {
  const auto given = plain_listener();
  pass({given.get()}, "fedhub.socket", {}, ::getpid() + 1);
  EXPECT_THAT(inherited_sockets::take().close_unclaimed(), IsEmpty());
  for (int count : {0, -1, 1025}) {
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
    EXPECT_THAT(inherited_sockets::take().close_unclaimed(), IsEmpty()) << count;
    EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr) << "a child process would take it for its own";
    EXPECT_EQ(std::getenv("LISTEN_PID"), nullptr);
  }
}

} // namespace
} // namespace fedhub
