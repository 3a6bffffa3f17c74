#include "actors/net/socket_io.hpp"

#include <cerrno>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <unistd.h>

#include "actors/net/tls_reading.hpp"
#include "protocol/certificate/openssl_ptr.hpp"
#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub {
namespace {

class SocketIo : public testing::Test {
protected:
  SocketIo() : SocketIo(test::connected_pair()) {}

  void peer_writes(std::string_view x) {
    ASSERT_EQ(::write(peer.get(), x.data(), x.size()), static_cast<ssize_t>(x.size()));
  }
  /// Reads once, up to `room` octets. @returns the text, "end" or "nothing".
  std::string read(size_t room) {
    std::string text(room, '\0');
    auto n = subject.read(text.data(), room);
    if (n < 0)
      return errno == EAGAIN ? "nothing" : "error";
    return n == 0 ? "end" : text.substr(0, static_cast<size_t>(n));
  }

  unique_fd peer;
  socket_io subject;

private:
  explicit SocketIo(std::pair<unique_fd, unique_fd> ends)
    : peer(std::move(ends.first)), subject(std::move(ends.second)) {}
};

TEST_F(SocketIo, asks_no_more_after_a_read_that_did_not_fill_its_room_until_there_are_news) {
  peer_writes("one");
  EXPECT_EQ(read(10), "one");
  peer_writes("two");
  EXPECT_EQ(read(10), "nothing");
  subject.news(false);
  EXPECT_EQ(read(10), "two");
  EXPECT_EQ(subject.octets_read(), 6u);
}

TEST_F(SocketIo, asks_no_more_once_there_was_nothing) {
  EXPECT_EQ(read(10), "nothing");
  peer_writes("one");
  EXPECT_EQ(read(10), "nothing");
  subject.news(false);
  EXPECT_EQ(read(10), "one");
}

TEST_F(SocketIo, asks_again_after_a_read_that_filled_its_room) {
  peer_writes("onetwo");
  EXPECT_EQ(read(3), "one");
  EXPECT_EQ(read(3), "two");
  EXPECT_EQ(read(3), "nothing");
}

TEST_F(SocketIo, asks_until_the_end_of_a_peer_that_has_hung_up) {
  peer_writes("last");
  peer.reset();
  subject.news(true);
  EXPECT_EQ(read(10), "last");
  EXPECT_FALSE(subject.ended());
  EXPECT_EQ(read(10), "end");
  EXPECT_TRUE(subject.ended());
}

TEST_F(SocketIo, lets_openssl_read_and_write_as_it_does_itself) {
  openssl_ptr<BIO> bio{subject.make_bio()};
  auto& reading = *static_cast<tls_reading*>(BIO_get_data(bio.get()));
  char room[10];
  reading.begin();
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), -1);
  EXPECT_TRUE(BIO_should_retry(bio.get()) && BIO_should_read(bio.get()));
  EXPECT_FALSE(reading.interrupted());
  peer_writes("one");
  subject.news(false);
  reading.begin();
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), 3);
  peer_writes("two");
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), -1);
  EXPECT_TRUE(BIO_should_read(bio.get()));
  EXPECT_EQ(BIO_write(bio.get(), "answer", 6), 6);
  EXPECT_EQ(::read(peer.get(), room, sizeof room), 6);
  EXPECT_EQ(subject.octets_written(), 6u);
  EXPECT_FALSE(BIO_eof(bio.get()));
  peer.reset();
  subject.news(true);
  reading.begin();
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), 3);
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), 0);
  EXPECT_FALSE(BIO_should_retry(bio.get()));
  EXPECT_TRUE(BIO_eof(bio.get()));
}

TEST_F(SocketIo, interrupts_openssl_when_it_reads_on_and_on) {
  openssl_ptr<BIO> bio{subject.make_bio()};
  auto& reading = *static_cast<tls_reading*>(BIO_get_data(bio.get()));
  char room[3];
  peer_writes("onetwosix");
  reading.begin();
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), 3);
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), 3);
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), -1);
  EXPECT_TRUE(BIO_should_retry(bio.get()) && BIO_should_read(bio.get()));
  EXPECT_TRUE(reading.interrupted());
  reading.begin();
  EXPECT_EQ(BIO_read(bio.get(), room, sizeof room), 3);
}

TEST_F(SocketIo, tells_openssl_when_the_socket_takes_no_more) {
  openssl_ptr<BIO> bio{subject.make_bio()};
  const std::string text(1 << 20, 'x');
  int n = 0;
  for (int i = 0; i < 1000 && (n = BIO_write(bio.get(), text.data(), 1 << 20)) > 0; ++i)
    continue;
  EXPECT_EQ(n, -1);
  EXPECT_TRUE(BIO_should_retry(bio.get()) && BIO_should_write(bio.get()));
}

} // namespace
} // namespace fedhub
