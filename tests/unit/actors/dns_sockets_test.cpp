#include "actors/dns_sockets.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

/// A UDP socket on loopback.
struct udp_server {
  udp_server() {
    auto any = *socket_address::parse("127.0.0.1", 0);
    EXPECT_EQ(::bind(fd.get(), any.data(), any.size()), 0);
    address = local_address(fd.get());
  }
  unique_fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  socket_address address;
};

struct DnsSocketsTest : testing::Test {
  network_loop loop;
  dns_sockets sockets{loop, [] { return ready_sink_actor{}; }};
  const dns_sockets::time_point start{1h};
  udp_server server;

  /// @returns the descriptor.
  int connected(const udp_server& to, dns_sockets::time_point now) {
    int fd = sockets.open(AF_INET, SOCK_DGRAM, 0, now);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(sockets.connect(fd, to.address.data(), to.address.size()), 0);
    return fd;
  }

  bool ask(int fd) {
    char text[] = "?";
    iovec part{text, 1};
    return sockets.send(fd, &part, 1) == 1;
  }

  /// Waits for what the peer or the kernel has for the socket.
  static bool readable(int fd) {
    pollfd x{fd, POLLIN, 0};
    return ::poll(&x, 1, 20'000) == 1;
  }

  /// Waits until the loop's thread has taken up what came for the socket.
  bool hears(int fd) {
    for (auto end = std::chrono::steady_clock::now() + 20s;
         !sockets.next() && std::chrono::steady_clock::now() < end;)
      EXPECT_TRUE(sockets.news(fd));
    return sockets.next().has_value();
  }

  static bool is_open(int fd, const socket_address& with_address) {
    return local_address(fd) == with_address;
  }
};

TEST_F(DnsSocketsTest, uses_a_udp_socket_again) {
  auto fd = connected(server, start);
  auto address = local_address(fd);
  auto port = address.port();
  ASSERT_EQ(::sendto(server.fd.get(), "!", 1, 0, address.data(), address.size()), 1);
  ASSERT_TRUE(hears(fd));
  sockets.close(fd, start + 10ms);
  EXPECT_EQ(sockets.next(), std::nullopt) << "nobody is to read it meanwhile";
  auto again = connected(server, start + 999ms);
  EXPECT_EQ(local_address(again).port(), port);
  EXPECT_TRUE(ask(again));
  EXPECT_TRUE(readable(server.fd.get()));
}

TEST_F(DnsSocketsTest, leaves_a_port_after_a_while) {
  auto fd = connected(server, start);
  auto address = local_address(fd);
  sockets.close(fd, start + 10ms);
  auto fresh = connected(server, start + dns_sockets::reuse_time);
  auto fresh_address = local_address(fresh);
  EXPECT_NE(fresh_address, address);
  sockets.close(fresh, start + 3 * dns_sockets::reuse_time);
  EXPECT_FALSE(is_open(fresh, fresh_address)) << "it was too old to be kept";
}

TEST_F(DnsSocketsTest, keeps_one_socket) {
  auto first = connected(server, start);
  auto second = connected(server, start);
  auto address = local_address(second);
  sockets.close(first, start);
  sockets.close(second, start);
  EXPECT_FALSE(is_open(second, address));
  EXPECT_EQ(connected(server, start), first);
}

TEST_F(DnsSocketsTest, leads_a_socket_to_another_server) {
  udp_server other;
  auto fd = connected(server, start);
  sockets.close(fd, start);
  ASSERT_EQ(connected(other, start), fd);
  EXPECT_TRUE(ask(fd));
  EXPECT_TRUE(readable(other.fd.get()));
}

TEST_F(DnsSocketsTest, keeps_families_apart) {
  auto fd = connected(server, start);
  sockets.close(fd, start);
  // In place of IPv6, which not every machine has.
  auto other = sockets.open(AF_UNIX, SOCK_DGRAM, 0, start);
  int domain = 0;
  socklen_t size = sizeof domain;
  ASSERT_EQ(::getsockopt(other, SOL_SOCKET, SO_DOMAIN, &domain, &size), 0);
  EXPECT_EQ(domain, AF_UNIX);
}

TEST_F(DnsSocketsTest, does_not_use_a_failed_socket_again) {
  auto fd = connected(server, start);
  server.fd.reset();
  EXPECT_TRUE(ask(fd));
  ASSERT_TRUE(readable(fd)); // "port unreachable"
  auto address = local_address(fd);
  sockets.close(fd, start);
  udp_server back;
  EXPECT_NE(local_address(connected(back, start)), address);
}

TEST_F(DnsSocketsTest, closes_tcp_sockets) {
  auto listener = listen_tcp(*socket_address::parse("127.0.0.1", 0));
  auto to = local_address(listener.get());
  auto fd = sockets.open(AF_INET, SOCK_STREAM, 0, start);
  auto result = sockets.connect(fd, to.data(), to.size());
  ASSERT_TRUE(result == 0 || errno == EINPROGRESS);
  auto address = local_address(fd);
  sockets.close(fd, start);
  EXPECT_FALSE(is_open(fd, address));
}

TEST_F(DnsSocketsTest, tells_what_can_be_done) {
  auto fd = connected(server, start);
  EXPECT_EQ(sockets.next(), std::nullopt) << "nothing has come";
  sockets.wants_write(fd, true);
  EXPECT_EQ(sockets.next(), (dns_sockets::turn{fd, false, true}));
}

TEST_F(DnsSocketsTest, hears_of_answers) {
  auto fd = connected(server, start);
  char room = 0;
  EXPECT_EQ(sockets.receive(fd, &room, 1, 0, nullptr, nullptr), -1);
  auto back = local_address(fd);
  ASSERT_EQ(::sendto(server.fd.get(), "!", 1, 0, back.data(), back.size()), 1);
  ASSERT_TRUE(readable(fd));
  ASSERT_TRUE(hears(fd));
  EXPECT_TRUE(sockets.next()->read);
  EXPECT_FALSE(sockets.news(fd + 1000));
}

} // namespace
} // namespace fedhub
