#include "metrics/sockets/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

socket_address address(std::string_view ip, uint16_t port = 5269) {
  auto result = socket_address::parse(ip, port);
  EXPECT_TRUE(result) << ip;
  return result.value_or(socket_address{});
}

TEST(SocketAddress, is_written_as_people_write_it) {
  EXPECT_EQ(address("192.0.2.7").str(), "192.0.2.7:5269");
  EXPECT_EQ(address("255.255.255.255", 65535).str(), "255.255.255.255:65535");
  EXPECT_EQ(address("0.0.0.0", 1).ip(), "0.0.0.0");
  EXPECT_EQ(address("2001:DB8:0::7").str(), "[2001:db8::7]:5269");
  EXPECT_EQ(address("::ffff:192.0.2.7").str(), "192.0.2.7:5269");
  EXPECT_EQ(socket_address{}.ip(), "");
}

TEST(SocketAddress, is_parsed_from_literals_only) {
  for (std::string bad :
       {"", "localhost", "192.0.2", "192.0.2.7:5269", "[::1]", "127.1", "0x7f.1.1.1", " 192.0.2.7"})
    EXPECT_FALSE(socket_address::parse(bad, 1)) << bad;
  EXPECT_FALSE(socket_address::parse(std::string_view{"192.0.2.7\0x", 11}, 1));
}

TEST(SocketAddress, compares_address_and_port) {
  const auto first = address("192.0.2.7", 1);
  auto second = first;
  EXPECT_EQ(first, second);
  second.port(2);
  EXPECT_EQ(second.port(), 2);
  EXPECT_FALSE(first == second);
  EXPECT_FALSE(address("::1", 1) == address("127.0.0.1", 1));
  EXPECT_EQ(socket_address{}, socket_address{});
}

TEST(SocketAddress, knows_what_is_not_public) {
  for (auto ip : {"0.0.0.0",
                  "0.1.2.3",
                  "10.0.0.1",
                  "10.255.255.255",
                  "100.64.0.1",
                  "100.127.255.255",
                  "127.0.0.1",
                  "127.255.0.1",
                  "169.254.169.254",
                  "172.16.0.1",
                  "172.31.255.255",
                  "192.0.0.170",
                  "192.168.1.1",
                  "192.0.2.7",
                  "198.19.0.1",
                  "224.0.0.1",
                  "240.0.0.1",
                  "255.255.255.255",
                  "::",
                  "::1",
                  "::127.0.0.1",
                  "::ffff:10.0.0.1",
                  "fc00::1",
                  "fdff::1",
                  "2001:db8::7",
                  "fe80::1",
                  "febf::1",
                  "fec0::1",
                  "ff02::1",
                  "2002:0a00:0001::1",
                  "64:ff9b::10.0.0.1",
                  "64:ff9b:1::8.8.8.8",
                  "2001:0:0a00:1::",
                  "2001:0:808:808:0:0:f5ff:fffe"})
    EXPECT_TRUE(address(ip).is_private()) << ip;
  EXPECT_TRUE(socket_address{}.is_private());
}

TEST(SocketAddress, knows_what_is_public) {
  for (auto ip : {"1.1.1.1",
                  "9.255.255.255",
                  "11.0.0.0",
                  "100.63.255.255",
                  "100.128.0.0",
                  "126.0.0.1",
                  "128.0.0.1",
                  "172.15.255.255",
                  "172.32.0.0",
                  "192.9.2.7",
                  "192.167.0.1",
                  "192.169.0.1",
                  "198.17.0.1",
                  "223.255.255.1",
                  "2001:db9::7",
                  "2a00::1",
                  "fb00::1",
                  "fe00::1",
                  "::ffff:8.8.8.8",
                  "2002:0808:0808::1",
                  "64:ff9b::8.8.8.8",
                  "2003::1",
                  "2001:0:808:808:0:0:f7f7:f7f7"})
    EXPECT_FALSE(address(ip).is_private()) << ip;
}

TEST(UniqueFd, closes_once_and_moves) {
  int raw = -1;
  {
    unique_fd opened{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    raw = opened.get();
    ASSERT_TRUE(opened);
    const unique_fd moved{std::move(opened)};
    EXPECT_EQ(moved.get(), raw);
    EXPECT_NE(::fcntl(raw, F_GETFD), -1);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

TEST(Tcp, connects_to_a_listener_on_a_free_port) {
  auto listener = listen_tcp(address("127.0.0.1", 0));
  ASSERT_TRUE(listener);
  auto at = local_address(listener.get());
  EXPECT_NE(at.port(), 0);
  auto client = connect_tcp(at);
  ASSERT_TRUE(client);
  EXPECT_NE(::fcntl(client.get(), F_GETFL) & O_NONBLOCK, 0);
  pollfd wait{client.get(), POLLOUT, 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  EXPECT_EQ(socket_error(client.get()), 0);
}

TEST(Tcp, gives_its_options_to_what_a_listener_accepts) {
  auto listener = listen_tcp(address("127.0.0.1", 0));
  auto client = connect_tcp(local_address(listener.get()));
  pollfd wait{listener.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  unique_fd accepted{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  ASSERT_TRUE(accepted);
  for (auto [level, name] :
       {std::pair<int, int>{IPPROTO_TCP, TCP_NODELAY}, {SOL_SOCKET, SO_KEEPALIVE}}) {
    int value = 0;
    socklen_t size = sizeof value;
    ASSERT_EQ(::getsockopt(accepted.get(), level, name, &value, &size), 0);
    EXPECT_NE(value, 0) << name;
  }
}

TEST(Tcp, tells_a_refusal) {
  auto listener = listen_tcp(address("127.0.0.1", 0));
  auto at = local_address(listener.get());
  listener.reset();
  auto client = connect_tcp(at);
  if (!client) { // the kernel may report the refusal at once
    EXPECT_EQ(errno, ECONNREFUSED);
    return;
  }
  pollfd wait{client.get(), POLLOUT, 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  EXPECT_EQ(socket_error(client.get()), ECONNREFUSED);
}

TEST(Tcp, serves_ipv4_on_the_unspecified_ipv6_address) {
  auto listener = listen_tcp(address("::", 0));
  ASSERT_TRUE(listener);
  auto at = address("127.0.0.1", local_address(listener.get()).port());
  auto client = connect_tcp(at);
  ASSERT_TRUE(client);
  pollfd wait{client.get(), POLLOUT, 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  EXPECT_EQ(socket_error(client.get()), 0);
}

TEST(Tcp, does_not_listen_where_another_does) {
  auto first = listen_tcp(address("127.0.0.1", 0));
  auto second = listen_tcp(local_address(first.get()));
  EXPECT_FALSE(second);
  EXPECT_EQ(errno, EADDRINUSE);
}

} // namespace
} // namespace fedhub
