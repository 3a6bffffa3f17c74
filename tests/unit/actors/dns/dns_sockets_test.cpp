#include "actors/dns/dns_sockets.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <optional>

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
  dns_sockets sockets{loop, [] { return ready_sink_actor{}; }, 5s};
  const dns_sockets::time_point start{1h};
  udp_server server;

  /// Opens and connects a socket. @returns its handle.
  int connected(const udp_server& to, dns_sockets::time_point now) {
    int fd = sockets.open(AF_INET, SOCK_DGRAM, 0, now);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(sockets.connect(fd, to.address.data(), to.address.size()), 0);
    return fd;
  }

  /// Returns the address from which the handle's next question would leave.
  socket_address source(int fd) const { return local_address(sockets.descriptor(fd)); }

  /// Returns a message with only this id.
  static std::array<unsigned char, 12> message(uint16_t id) {
    return {static_cast<unsigned char>(id >> 8), static_cast<unsigned char>(id)};
  }

  bool ask(int fd, uint16_t id = 1, std::optional<dns_sockets::time_point> now = {}) {
    auto text = message(id);
    iovec part{text.data(), text.size()};
    return sockets.send(fd, &part, 1, now.value_or(start)) == static_cast<ssize_t>(text.size());
  }

  void answer(const socket_address& to, uint16_t id) const {
    auto text = message(id);
    ASSERT_EQ(::sendto(server.fd.get(), text.data(), text.size(), 0, to.data(), to.size()),
              static_cast<ssize_t>(text.size()));
  }

  /// Returns the number of questions for each source port, once all have come.
  std::map<uint16_t, int> ports_asked_from(int questions) const {
    std::map<uint16_t, int> result;
    for (int i = 0; i < questions; ++i) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      std::array<char, 64> room{};
      EXPECT_TRUE(readable(server.fd.get()));
      EXPECT_GT(::recvfrom(server.fd.get(), room.data(), room.size(), 0,
                           reinterpret_cast<sockaddr*>(&from), &size),
                0);
      ++result[ntohs(from.sin_port)];
    }
    return result;
  }

  /// Returns the id of the next answer that the library would get; nothing if there is none.
  std::optional<uint16_t> received(int fd) {
    std::array<unsigned char, 64> room{};
    if (sockets.receive(fd, room.data(), room.size(), 0, nullptr, nullptr) < 0)
      return {};
    return static_cast<uint16_t>(room[0] << 8 | room[1]);
  }

  /// Waits until there is something to read on the socket, from the peer or the kernel.
  static bool readable(int fd) {
    pollfd x{fd, POLLIN, 0};
    return ::poll(&x, 1, 20'000) == 1;
  }

  /// Waits until the loop's thread has reported the descriptor as ready.
  bool hears(int descriptor) {
    for (auto end = std::chrono::steady_clock::now() + 20s;
         !sockets.next() && std::chrono::steady_clock::now() < end;)
      EXPECT_TRUE(sockets.news(descriptor));
    return sockets.next().has_value();
  }

  static bool is_open(int fd, const socket_address& with_address) {
    return local_address(fd) == with_address;
  }
};

TEST_F(DnsSocketsTest, uses_a_udp_socket_again) {
  auto fd = connected(server, start);
  auto address = source(fd);
  auto port = address.port();
  answer(address, 1);
  ASSERT_TRUE(hears(sockets.descriptor(fd)));
  sockets.close(fd, start + 10ms);
  EXPECT_EQ(sockets.next(), std::nullopt) << "nobody is to read it meanwhile";
  auto again = connected(server, start + 999ms);
  EXPECT_EQ(source(again).port(), port);
  EXPECT_TRUE(ask(again));
  EXPECT_TRUE(readable(server.fd.get()));
}

TEST_F(DnsSocketsTest, leaves_a_port_after_a_while) {
  auto fd = connected(server, start);
  auto address = source(fd);
  sockets.close(fd, start + 10ms);
  auto fresh = connected(server, start + dns_sockets::reuse_time);
  auto fresh_address = source(fresh);
  EXPECT_NE(fresh_address, address);
  auto descriptor = sockets.descriptor(fresh);
  sockets.close(fresh, start + 3 * dns_sockets::reuse_time);
  EXPECT_FALSE(is_open(descriptor, fresh_address)) << "it was too old to be kept";
}

TEST_F(DnsSocketsTest, keeps_one_socket) {
  auto first = connected(server, start);
  auto second = connected(server, start);
  auto address = source(second);
  auto descriptor = sockets.descriptor(second);
  sockets.close(first, start);
  sockets.close(second, start);
  EXPECT_FALSE(is_open(descriptor, address));
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
  // Used in place of IPv6, which some machines do not have.
  auto other = sockets.open(AF_UNIX, SOCK_DGRAM, 0, start);
  int domain = 0;
  socklen_t size = sizeof domain;
  ASSERT_EQ(::getsockopt(sockets.descriptor(other), SOL_SOCKET, SO_DOMAIN, &domain, &size), 0);
  EXPECT_EQ(domain, AF_UNIX);
}

TEST_F(DnsSocketsTest, does_not_use_a_failed_socket_again) {
  auto fd = connected(server, start);
  server.fd.reset();
  EXPECT_TRUE(ask(fd));
  ASSERT_TRUE(readable(sockets.descriptor(fd))); // "port unreachable"
  auto address = source(fd);
  sockets.close(fd, start);
  udp_server back;
  EXPECT_NE(source(connected(back, start)), address);
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

TEST_F(DnsSocketsTest, reports_which_operations_are_possible) {
  auto fd = connected(server, start);
  EXPECT_EQ(sockets.next(), std::nullopt) << "nothing has come";
  sockets.wants_write(fd, true);
  EXPECT_EQ(sockets.next(), (dns_sockets::turn{fd, false, true}));
}

TEST_F(DnsSocketsTest, hears_of_answers) {
  auto fd = connected(server, start);
  ASSERT_TRUE(ask(fd, 7));
  EXPECT_FALSE(received(fd));
  answer(source(fd), 7);
  ASSERT_TRUE(hears(sockets.descriptor(fd)));
  EXPECT_TRUE(sockets.next()->read);
  EXPECT_EQ(received(fd), 7);
  EXPECT_FALSE(received(fd));
  EXPECT_EQ(sockets.next(), std::nullopt);
  EXPECT_FALSE(sockets.news(sockets.descriptor(fd) + 1000));
}

// -- source ports (RFC 5452) --

TEST_F(DnsSocketsTest, bounds_the_questions_of_a_port) {
  auto fd = connected(server, start);
  constexpr int count = 5 * dns_sockets::questions_per_port; // fits into a socket's buffer
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(ask(fd, static_cast<uint16_t>(i)));
  const auto ports = ports_asked_from(count);
  EXPECT_EQ(ports.size(), 5u);
  for (auto [port, questions] : ports)
    EXPECT_EQ(questions, static_cast<int>(dns_sockets::questions_per_port)) << port;
}

TEST_F(DnsSocketsTest, leaves_a_port_in_use_after_a_while) {
  auto fd = connected(server, start);
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(ask(fd, static_cast<uint16_t>(i), start + i * dns_sockets::reuse_time));
  EXPECT_EQ(ports_asked_from(5).size(), 5u);
}

TEST_F(DnsSocketsTest, counts_the_questions_of_a_port_that_is_used_again) {
  const auto asked_in_turns = [&](size_t questions) {
    for (size_t i = 0; i < questions; ++i) {
      auto fd = connected(server, start);
      ASSERT_TRUE(ask(fd, static_cast<uint16_t>(i)));
      sockets.close(fd, start);
    }
  };
  asked_in_turns(2 * dns_sockets::questions_per_port);
  EXPECT_EQ(ports_asked_from(2 * dns_sockets::questions_per_port).size(), 2u);
}

TEST_F(DnsSocketsTest, takes_an_answer_only_on_the_port_that_asked) {
  auto fd = connected(server, start);
  ASSERT_TRUE(ask(fd, 1));
  const auto first = source(fd);
  const auto first_descriptor = sockets.descriptor(fd);
  ASSERT_TRUE(ask(fd, 2, start + dns_sockets::reuse_time));
  const auto second = source(fd);
  ASSERT_NE(first, second);
  answer(second, 1); // the other port's question
  answer(second, 9); // no question at all
  ASSERT_TRUE(hears(sockets.descriptor(fd)));
  EXPECT_FALSE(received(fd));
  answer(second, 2);
  ASSERT_TRUE(hears(sockets.descriptor(fd)));
  EXPECT_EQ(received(fd), 2);
  EXPECT_FALSE(received(fd)); // this port has nothing more; only the other one has
  answer(first, 1);
  ASSERT_TRUE(hears(first_descriptor));
  EXPECT_EQ(received(fd), 1);
  EXPECT_FALSE(is_open(first_descriptor, first)) << "it waits for nothing any more";
}

TEST_F(DnsSocketsTest, drops_datagrams_that_are_no_messages) {
  auto fd = connected(server, start);
  ASSERT_TRUE(ask(fd, 1));
  const auto to = source(fd);
  ASSERT_EQ(::sendto(server.fd.get(), "", 0, 0, to.data(), to.size()), 0);
  ASSERT_EQ(::sendto(server.fd.get(), "\0\1", 2, 0, to.data(), to.size()), 2);
  ASSERT_TRUE(hears(sockets.descriptor(fd)));
  EXPECT_FALSE(received(fd));
  EXPECT_EQ(errno, EAGAIN) << "the library takes anything else for a broken server";
}

TEST_F(DnsSocketsTest, bounds_the_ports_that_wait) {
  auto fd = connected(server, start);
  constexpr size_t ports = dns_sockets::max_older_ports + 50;
  for (size_t i = 0; i < ports * dns_sockets::questions_per_port; ++i)
    ASSERT_TRUE(ask(fd, static_cast<uint16_t>(i)));
  EXPECT_EQ(sockets.open_descriptors(), 1 + dns_sockets::max_older_ports);
  ASSERT_TRUE(ask(fd, 1, start + 5s));
  EXPECT_EQ(sockets.open_descriptors(), 1u) << "nobody waits for their answers any more";
  sockets.close(fd, start + 5s);
  EXPECT_EQ(sockets.open_descriptors(), 1u) << "the spare one";
}

} // namespace
} // namespace fedhub
