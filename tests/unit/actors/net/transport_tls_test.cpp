// A transport in TLS: its handshake, its records, and a socket that does not take a whole record.
#include "actors/net/transport.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub {
namespace {

using test::part_of;
using test::tls_pair;
using Transport = test::transport_test;
using TransportInTls = test::transport_in_tls_test;

TEST_F(TransportInTls, carries_octets_both_ways) {
  EXPECT_TRUE(hub->tls());
  send(*hub, "there");
  EXPECT_EQ(read(*peer), "there");
  send(*peer, "and back");
  EXPECT_EQ(read(*hub), "and back");
}

TEST_F(TransportInTls, counts_the_octets_on_the_wire) {
  auto before = hub->octets_written();
  EXPECT_GT(before, 0u); // the handshake's octets
  send(*hub, "12345");
  read(*peer);
  EXPECT_GT(hub->octets_written(), before + 5);
  EXPECT_EQ(peer->octets_read(), hub->octets_written());
  EXPECT_EQ(hub->octets_read(), peer->octets_written());
}

TEST_F(TransportInTls, counts_what_was_read_in_clear_before) {
  // As a stream that uses clear text before STARTTLS.
  auto [a, b] = test::connected_pair();
  transport one{std::move(a)}, other{std::move(b)};
  send(one, "clear");
  EXPECT_EQ(read(other), "clear");
  other.start_tls(contexts.server());
  EXPECT_EQ(other.octets_read(), 5u);
}

TEST_F(TransportInTls, gathers_small_parts_into_one_record) {
  iovec parts[] = {part_of("one "), part_of("two "), part_of("three")};
  EXPECT_EQ(hub->write(parts, 3).bytes, 13u);
  auto first = read_once(*peer);
  EXPECT_EQ(first.bytes, 13u); // SSL_read gives one record at a time
}

TEST_F(TransportInTls, writes_no_record_longer_than_tls_allows) {
  std::string small(1000, 'a'), large(100'000, 'b');
  iovec one = part_of(large);
  EXPECT_EQ(hub->write(&one, 1).bytes, transport::record_bytes);
  iovec many[] = {part_of(small), part_of(large)};
  EXPECT_EQ(hub->write(many, 2).bytes, transport::record_bytes);
  EXPECT_EQ(read(*peer), large.substr(0, transport::record_bytes) + small
                           + large.substr(0, transport::record_bytes - small.size()));
}

TEST_F(TransportInTls, takes_up_a_record_that_waited_for_its_socket) {
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i)
    text += std::to_string(i) + ",";
  std::string got;
  size_t sent = 0;
  int waits = 0;
  for (int turns = 0; sent < text.size() && turns < 100'000; ++turns) {
    // Split at a different place each time, so that the gathered octets move in memory.
    auto rest = std::string_view{text}.substr(sent);
    auto cut = std::min<size_t>(rest.size(), 1 + static_cast<size_t>(turns) * 37 % 5000);
    iovec parts[] = {part_of(rest.substr(0, cut)), part_of(rest.substr(cut))};
    auto result = hub->write(parts, cut < rest.size() ? 2 : 1);
    EXPECT_EQ(hub->full(), result.status == io_status::would_block);
    if (result.status == io_status::would_block) {
      ++waits;
      got += read(*peer);
      continue;
    }
    ASSERT_EQ(result.status, io_status::ok) << hub->last_error();
    sent += result.bytes;
  }
  got += read(*peer);
  EXPECT_GT(waits, 3);
  EXPECT_TRUE(got == text);
}

/// One side writes, and offers more octets each time that its socket is full. The other side reads
/// up to `portion` octets at a time.
void write_more_than_was_offered(transport& writer, transport& reader, size_t portion) {
  std::string text;
  for (int i = 0; text.size() < 600'000; ++i)
    text += std::to_string(i) + ",";
  const auto is_prefix = [&](std::string_view x) { return std::string_view{text}.starts_with(x); };
  std::string got;
  std::string room(portion, 0);
  size_t said = 100, sent = 0, waits = 0;
  for (int turns = 0; sent < text.size() && turns < 1'000'000; ++turns) {
    const auto part = part_of(std::string_view{text}.substr(sent, said - sent));
    const auto result = writer.write(&part, 1);
    if (result.status == io_status::would_block) {
      ++waits;
      reader.news(false);
      if (auto x = reader.read(room.data(), portion); x.status == io_status::ok)
        got.append(room, 0, x.bytes);
      ASSERT_LE(got.size(), sent) << "the peer has what was not written";
    } else {
      ASSERT_EQ(result.status, io_status::ok) << writer.last_error();
      sent += result.bytes;
    }
    said = std::min(text.size(), std::max(said, sent) + 700);
    ASSERT_TRUE(is_prefix(got));
  }
  EXPECT_GT(waits, 30u);
  EXPECT_EQ(sent, text.size());
}

TEST_F(Transport, tells_the_peer_nothing_that_it_calls_unwritten) {
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (const auto fragment : {TLSEXT_max_fragment_length_DISABLED, TLSEXT_max_fragment_length_512,
                                TLSEXT_max_fragment_length_1024, TLSEXT_max_fragment_length_2048,
                                TLSEXT_max_fragment_length_4096})
      for (const bool server_writes : {true, false})
        for (const size_t portion : {100, 1000, 20'000}) {
          SCOPED_TRACE(testing::Message()
                       << "TLS " << version << ", fragments of kind " << int{fragment}
                       << ", server writes: " << server_writes << ", read by " << portion);
          auto [a, b] = test::connected_pair();
          const int least = 1;
          for (int fd : {a.get(), b.get()})
            ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
          transport server{std::move(a)}, client{std::move(b)};
          tls_pair contexts;
          auto session = contexts.client();
          SSL_set_max_proto_version(session.get(), version);
          SSL_set_tlsext_max_fragment_length(session.get(), fragment);
          server.start_tls(contexts.server());
          client.start_tls(std::move(session));
          ASSERT_EQ(test::shake_hands(server, client), io_status::ok);
          if (server_writes)
            write_more_than_was_offered(server, client, portion);
          else
            write_more_than_was_offered(client, server, portion);
        }
}

/// A TLS server whose records the test passes on one by one.
class scripted_tls_server {
public:
  scripted_tls_server(ssl_ptr session, int socket)
    : session_(std::move(session)), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())),
      socket_(socket) {
    SSL_set_bio(session_.get(), in_, out_);
    SSL_set_max_send_fragment(session_.get(), 512);
  }

  /// Continues the handshake with the octets that have come. @returns whether it is done.
  bool handshake() {
    char octets[16384];
    for (ssize_t n = 0; (n = ::read(socket_, octets, sizeof octets)) > 0;)
      BIO_write(in_, octets, static_cast<int>(n));
    const std::string much(2000, 'x'); // so that the ticket does not fit into one record
    if (auto* x = SSL_get_session(session_.get()))
      SSL_SESSION_set1_ticket_appdata(x, much.data(), much.size());
    return SSL_do_handshake(session_.get()) == 1;
  }

  /// Sends the next record. @returns whether there was one.
  bool send_record() {
    unsigned char head[5];
    if (BIO_read(out_, head, sizeof head) != sizeof head)
      return false;
    std::string record(static_cast<size_t>(head[3] << 8 | head[4]), 0);
    EXPECT_EQ(BIO_read(out_, record.data(), static_cast<int>(record.size())),
              static_cast<int>(record.size()));
    record.insert(0, reinterpret_cast<const char*>(head), sizeof head);
    EXPECT_EQ(::write(socket_, record.data(), record.size()), static_cast<ssize_t>(record.size()));
    return true;
  }

  void send_all() {
    while (send_record()) {
    }
  }

private:
  ssl_ptr session_;
  BIO *in_, *out_; // owned by the session
  int socket_;
};

TEST_F(Transport, writes_again_once_it_has_read_the_rest_of_a_ticket) {
  tls_pair contexts;
  scripted_tls_server server{contexts.server(), peer->fd()};
  hub->start_tls(contexts.client());
  bool done = false;
  for (int i = 0; i < 10 && !done; ++i) {
    hub->news(false);
    hub->handshake();
    done = server.handshake();
    if (!done)
      server.send_all();
  }
  ASSERT_TRUE(done);
  ASSERT_TRUE(server.send_record()); // the first record of the ticket
  EXPECT_EQ(read_once(*hub).status, io_status::would_block);
  auto part = part_of("stanza");
  EXPECT_EQ(hub->write(&part, 1).status, io_status::would_block);
  EXPECT_FALSE(hub->full()) << "nobody would tell that there is room";
  ASSERT_TRUE(server.send_record());
  server.send_all();
  EXPECT_EQ(read_once(*hub).status, io_status::would_block);
  EXPECT_EQ(hub->write(&part, 1).status, io_status::ok);
}

TEST_F(TransportInTls, tells_the_end_whether_or_not_tls_was_closed_before_tcp) {
  hub->shutdown_write();
  EXPECT_EQ(read_once(*peer).status, io_status::end);
  send(*peer, "and mine");
  EXPECT_EQ(read(*hub), "and mine");
  peer.reset(); // closes TCP without a close_notify
  EXPECT_EQ(read_once(*hub).status, io_status::end);
}

TEST_F(TransportInTls, tells_a_damaged_record) {
  ASSERT_GT(::write(peer->fd(), "no record at all", 16), 0);
  EXPECT_EQ(read_once(*hub).status, io_status::error);
  EXPECT_FALSE(hub->last_error().empty());
}

TEST_F(Transport, fails_the_handshake_with_a_peer_that_speaks_no_tls) {
  tls_pair contexts;
  hub->start_tls(contexts.server());
  send(*peer, "<stream:stream to='corp.example'>");
  EXPECT_EQ(hub->handshake(), io_status::error);
  EXPECT_FALSE(hub->last_error().empty());
}

TEST_F(Transport, fails_the_handshake_with_a_peer_that_goes) {
  tls_pair contexts;
  hub->start_tls(contexts.server());
  EXPECT_EQ(hub->handshake(), io_status::would_block);
  peer.reset();
  hub->news(true);
  EXPECT_EQ(hub->handshake(), io_status::end);
}

} // namespace
} // namespace fedhub
