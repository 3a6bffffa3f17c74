#include "actors/net/transport.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include <gmock/gmock.h>

#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub {
namespace {

using test::part_of;
using test::tls_pair;
using Transport = test::transport_test;

TEST_F(Transport, says_that_there_is_nothing_to_read_yet) {
  char octet;
  EXPECT_EQ(hub->read(&octet, 1).status, io_status::would_block);
  EXPECT_EQ(hub->octets_read(), 0u);
}

TEST_F(Transport, writes_all_parts_in_one_go_and_counts_octets) {
  iovec parts[] = {part_of("one "), part_of(""), part_of("two "), part_of("three")};
  auto result = hub->write(parts, 4);
  EXPECT_EQ(result.status, io_status::ok);
  EXPECT_EQ(result.bytes, 13u);
  EXPECT_EQ(hub->octets_written(), 13u);
  EXPECT_EQ(read(*peer), "one two three");
  EXPECT_EQ(peer->octets_read(), 13u);
}

TEST_F(Transport, writes_parts_in_order_whatever_their_sizes) {
  // Sizes on both sides of the gathering limit, and more in all than the room for gathering.
  for (size_t size : {1, 100, 250, 1023, 1024, 5000}) {
    std::vector<std::string> texts;
    std::vector<iovec> parts;
    for (size_t i = 0; i < 100; ++i)
      texts.push_back(std::string(size - 1, static_cast<char>('a' + i % 26)) + '.');
    std::string whole;
    for (auto& text : texts) {
      parts.push_back({text.data(), text.size()});
      whole += text;
    }
    auto written = hub->write(parts.data(), parts.size());
    ASSERT_EQ(written.status, io_status::ok);
    ASSERT_GT(written.bytes, 0u);
    EXPECT_TRUE(read(*peer) == whole.substr(0, written.bytes)) << size;
  }
}

TEST_F(Transport, says_when_the_socket_takes_no_more) {
  std::string text(1 << 20, 'x');
  auto part = part_of(text);
  io_result result;
  size_t taken = 0;
  for (int i = 0; i < 1000 && (result = hub->write(&part, 1)).status == io_status::ok; ++i)
    taken += result.bytes;
  EXPECT_EQ(result.status, io_status::would_block);
  EXPECT_EQ(result.bytes, 0u);
  EXPECT_EQ(read(*peer).size(), taken);
}

TEST_F(Transport, tells_the_end_and_can_still_be_read_after_its_own) {
  send(*hub, "last words");
  hub->shutdown_write();
  EXPECT_EQ(read(*peer), "last words");
  EXPECT_EQ(read_once(*peer).status, io_status::end);
  send(*peer, "and mine");
  EXPECT_EQ(read(*hub), "and mine");
}

/// Two transports that are connected by TCP.
class TransportOverTcp : public testing::Test {
protected:
  TransportOverTcp() {
    auto listener = listen_tcp(*socket_address::parse("127.0.0.1", 0));
    talker = std::make_unique<transport>(connect_tcp(local_address(listener.get())));
    pollfd wait{listener.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 5000), 1);
    hearer = std::make_unique<transport>(
      unique_fd{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK)});
  }

  unsigned packets_sent() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    EXPECT_EQ(::getsockopt(talker->fd(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_segs_out;
  }

  void expect_one_packet_for_the_end() {
    const auto before = packets_sent();
    auto part = part_of("last words");
    ASSERT_EQ(talker->write(&part, 1, true).status, io_status::ok);
    talker->shutdown_write();
    EXPECT_EQ(packets_sent(), before + 1);
    char text[64];
    hearer->news(true);
    const auto heard = hearer->read(text, sizeof text);
    EXPECT_EQ(std::string_view(text, heard.bytes), "last words");
    EXPECT_EQ(hearer->read(text, sizeof text).status, io_status::end);
  }

  std::unique_ptr<transport> talker, hearer;
};

TEST_F(TransportOverTcp, sends_its_last_words_and_its_end_in_one_packet) {
  expect_one_packet_for_the_end();
}

TEST_F(TransportOverTcp, sends_its_last_words_and_its_end_in_one_packet_in_tls_too) {
  tls_pair contexts;
  talker->start_tls(contexts.client());
  hearer->start_tls(contexts.server());
  // On loopback packets mostly arrive at once, but that is not guaranteed.
  auto shaken = io_status::would_block;
  for (int i = 0; i < 1000 && shaken == io_status::would_block; ++i) {
    shaken = test::shake_hands(*talker, *hearer);
    std::this_thread::yield();
  }
  ASSERT_EQ(shaken, io_status::ok);
  char ticket;
  EXPECT_EQ(talker->read(&ticket, 1).status, io_status::would_block);
  expect_one_packet_for_the_end();
}

TEST_F(Transport, tells_an_error_in_words) {
  peer.reset();
  auto part = part_of("x");
  auto result = hub->write(&part, 1); // must not end the process by SIGPIPE
  EXPECT_EQ(result.status, io_status::error);
  EXPECT_EQ(hub->last_error(), "Broken pipe");
}

} // namespace
} // namespace fedhub
