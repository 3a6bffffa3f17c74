#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include "tests/unit/metrics/http/event_streams.hpp"

namespace fedhub {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(event_stream_test, ends_a_client_that_reads_too_slowly) {
  start(bounds());
  for (const auto& connect : {&event_stream_test::tcp, &event_stream_test::local}) {
    client deaf = (this->*connect)(), listens = tcp();
    const auto to_deaf = stream_to(deaf, {.buffer_octets = 100'000});
    const auto to_other = stream_to(listens);
    const http_event event{"", "", std::string(4'000, 'a')};
    int taken = 0;
    while (to_deaf.write(event)) {
      ASSERT_LT(++taken, 10'000) << "the buffer has no bound";
      EXPECT_TRUE(to_other.write({"", "", "b"})); // nobody else is affected
      listens.hears_until("data: b\n\n");         // nor is the server's thread held up
    }
    EXPECT_GT(taken, 50) << "the server had no time to write";
    EXPECT_FALSE(to_deaf.open());
    EXPECT_TRUE(eventually([&deaf] { return deaf.is_refused(); }));
    to_other.end();
    EXPECT_TRUE(ends.are(connect == &event_stream_test::tcp
                           ? std::vector{http_stream_end::slow, http_stream_end::owner}
                           : std::vector{http_stream_end::slow, http_stream_end::owner,
                                         http_stream_end::slow, http_stream_end::owner}));
  }
}

TEST_F(event_stream_test, ends_a_client_that_takes_nothing_although_few_events_come) {
  auto limits = bounds();
  limits.comment_interval = 50ms;
  start(limits);
  for (const auto& connect : {&event_stream_test::tcp, &event_stream_test::local}) {
    client deaf = (this->*connect)();
    const auto stream = stream_to(deaf, {.buffer_octets = 100'000'000});
    EXPECT_TRUE(stream.write({"", "", std::string(20'000'000, 'a')}));
    EXPECT_TRUE(eventually([&stream] { return !stream.open(); }));
    EXPECT_TRUE(eventually([&deaf] { return deaf.is_refused(); }));
  }
  ASSERT_TRUE(eventually([this] { return ends.all().size() == 2; }));
  // On a busy machine the kernel's limit for TCP may come first.
  EXPECT_THAT(ends.all().front(), AnyOf(http_stream_end::slow, http_stream_end::gone));
  EXPECT_EQ(ends.all().back(), http_stream_end::slow);
}

TEST_F(event_stream_test, ends_a_client_that_vanishes_when_the_kernel_notices) {
  auto limits = bounds();
  limits.comment_interval = 15s;
  start(limits);
  client listens = tcp();
  const auto stream = stream_to(listens);
  listens.hears_until(":\n\r\n");
  std::vector<unsigned> timeouts; // of the server's descriptors for this connection, in ms
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0
        || peer.sin_family != AF_INET || peer.sin_port != listens.local_port())
      continue;
    unsigned timeout = 0;
    size = sizeof timeout;
    getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size);
    timeouts.push_back(timeout);
  }
  EXPECT_THAT(timeouts, AllOf(Not(IsEmpty()), Each(60'000u)));
}

TEST_F(event_stream_test, is_refused_beyond_the_limits) {
  struct row {
    size_t total, per_origin;
  };
  for (const auto& [total, per_origin] : {row{1, 9}, row{9, 1}, row{0, 0}}) {
    auto limits = bounds();
    limits.event_streams = total;
    limits.event_streams_per_origin = per_origin;
    start(limits);
    client first = tcp(), second = tcp();
    const auto one = stream_to(first);
    if (total > 0) {
      EXPECT_THAT(first.hears_until(":\n\r\n"), StartsWith("HTTP/1.1 200 "));
    }
    const auto two = stream_to(second);
    EXPECT_THAT(second.hears_response(), StartsWith("HTTP/1.1 503 "));
    EXPECT_TRUE(eventually([&two] { return !two.open(); }));
    EXPECT_EQ(one.open(), total > 0);
    one.end();
    server.reset();
  }
}

TEST_F(event_stream_test, makes_room_for_another_when_it_ends) {
  auto limits = bounds();
  limits.event_streams = 1;
  start(limits);
  for (int i = 0; i < 3; ++i) {
    client listens = tcp();
    const auto stream = stream_to(listens);
    EXPECT_THAT(listens.hears_until(":\n\r\n"), StartsWith("HTTP/1.1 200 "));
    stream.end();
    EXPECT_THAT(listens.hears(), EndsWith("0\r\n\r\n"));
  }
}

TEST_F(event_stream_test, counts_in_the_share_of_its_origin_and_outlives_other_connections) {
  auto limits = bounds();
  limits.connections_per_origin = 2;
  limits.lifetime = 1h;
  start(limits);
  client listens = tcp(), half = tcp();
  const auto stream = stream_to(listens);
  half.says("GET /");
  client third = tcp();
  third.says(get_events);
  const auto held = requests.next();
  EXPECT_THAT(half.hears(), IsEmpty());
  EXPECT_TRUE(stream.write({"", "", "a"}));
  listens.hears_until("data: a\n\n");
  EXPECT_TRUE(held.respond({}));
}

TEST_F(event_stream_test, spends_no_time_while_nothing_is_written) {
  start(bounds());
  std::vector<client> clients;
  std::vector<http_event_stream> streams;
  for (const bool busy : {false, true}) {
    clients.push_back(tcp());
    streams.push_back(stream_to(clients.back(), {.buffer_octets = 100'000'000}));
    clients.back().hears_until(":\n\r\n");
    if (busy) {
      EXPECT_TRUE(streams.back().write({"", "", std::string(20'000'000, 'a')}));
    }
    clients.back().says("more"); // is not read
  }
  EXPECT_LT(time_spent_in(1s), 100ms);
}

} // namespace
} // namespace fedhub
