// The kernel's settings for connections that fall silent.
#include "actors/net/tcp_liveness.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

#include <gtest/gtest.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

TEST(TcpLiveness, is_derived_from_both_keys) {
  struct row {
    std::chrono::seconds keepalive, acknowledge;
    bool stalled;
    tcp_liveness expected;
  };
  for (auto& entry : {
         row{60s, 30s, false, {60, 10, 3, 30'000}}, row{1s, 5s, false, {1, 1, 3, 5'000}},
         row{60s, 30s, true, {60, 10, 3, 90'000}}, // the hub's own rule ends the stream earlier
         row{86400s, 3600s, false, {32767, 1200, 3, 3'600'000}}, // the kernel's largest values
       })
    EXPECT_EQ(liveness_of(entry.keepalive, entry.acknowledge, entry.stalled), entry.expected)
      << entry.keepalive.count() << " s, " << entry.acknowledge.count() << " s";
}

/// The hub writes after `keepalive` at the latest, and TCP must acknowledge within
/// TCP_USER_TIMEOUT. If nothing is written, the first probe and the wait for its answer take no
/// longer.
TEST(TcpLiveness, finds_a_dead_connection_before_both_have_passed) {
  for (auto keepalive : {1s, 10s, 60s, 600s})
    for (auto acknowledge : {5s, 30s, 60s, 600s}) {
      const auto liveness = liveness_of(keepalive, acknowledge);
      const auto limit = keepalive + acknowledge;
      EXPECT_LE(keepalive + std::chrono::milliseconds{liveness.unacknowledged_ms}, limit);
      EXPECT_LE(std::chrono::seconds{liveness.idle_s + liveness.interval_s}, limit);
    }
}

TEST(TcpLiveness, is_set_on_a_tcp_socket_and_no_other) {
  const unique_fd tcp{::socket(AF_INET, SOCK_STREAM, 0)};
  ASSERT_TRUE(set_liveness(tcp.get(), {7, 2, 3, 5'000}));
  EXPECT_EQ(option(tcp.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(tcp.get(), IPPROTO_TCP, TCP_KEEPIDLE), 7);
  EXPECT_EQ(option(tcp.get(), IPPROTO_TCP, TCP_KEEPINTVL), 2);
  EXPECT_EQ(option(tcp.get(), IPPROTO_TCP, TCP_KEEPCNT), 3);
  EXPECT_EQ(option(tcp.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 5'000);
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const unique_fd a{ends[0]}, b{ends[1]};
  EXPECT_FALSE(set_liveness(a.get(), {7, 2, 3, 5'000}));
}

} // namespace
} // namespace fedhub
