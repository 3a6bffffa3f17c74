#include "metrics/http/http_event_stream.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/metrics/http/event_streams.hpp"

namespace fedhub {
namespace {

using std::chrono::steady_clock;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(event_stream_test, sends_its_head_and_each_event_at_once) {
  start(bounds());
  for (const auto& connect : {&event_stream_test::tcp, &event_stream_test::local}) {
    client listens = (this->*connect)();
    const auto stream = stream_to(listens, {.headers = {{"X-Request", "7"}}});
    EXPECT_THAT(listens.hears_until("\r\n\r\n"),
                AllOf(StartsWith("HTTP/1.1 200 "),
                      HasSubstr("\r\nContent-Type: text/event-stream\r\n"),
                      HasSubstr("\r\nCache-Control: no-store\r\n"),
                      HasSubstr("\r\nX-Request: 7\r\n"), Not(HasSubstr("Content-Length"))));
    EXPECT_EQ(listens.hears_until(":\n\r\n"), chunk(":\n"));
    EXPECT_TRUE(stream.open());
    const auto begin = steady_clock::now();
    for (int i = 0; i < 20; ++i) {
      const auto id = std::to_string(i);
      EXPECT_TRUE(stream.write({id, "attempt", "a\nb"}));
      const auto event = "id: " + id + "\nevent: attempt\ndata: a\ndata: b\n\n";
      EXPECT_EQ(listens.hears_until("\n\n\r\n"), chunk(event));
    }
    // The kernel would hold back each event for 200 ms, if the server let it.
    EXPECT_LT(steady_clock::now() - begin, 2s);
  }
}

TEST_F(event_stream_test, is_not_ended_by_the_deadline_of_its_request) {
  auto limits = bounds();
  limits.comment_interval = 50ms;
  start(limits);
  client listens = tcp();
  const auto begin = steady_clock::now();
  const auto stream = stream_to(listens);
  listens.hears_until("\r\n\r\n");
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(listens.hears_until(":\n\r\n"), chunk(":\n"));
  EXPECT_GE(steady_clock::now() - begin, 1400ms); // one comment an interval, no more
  EXPECT_TRUE(stream.write({"", "", "still there"}));
  listens.hears_until("data: still there\n\n");
  EXPECT_THAT(ends.all(), IsEmpty());
}

TEST_F(event_stream_test, ends_in_order_when_the_owner_ends_it) {
  start(bounds());
  for (const bool by_call : {true, false}) {
    client listens = tcp();
    auto stream = std::make_unique<http_event_stream>(stream_to(listens));
    const auto copy = *stream;
    EXPECT_TRUE(stream->write({"", "", "last"}));
    if (by_call) {
      copy.end();
      EXPECT_FALSE(stream->write({}));
      EXPECT_FALSE(copy.open());
    } else {
      stream.reset();
      EXPECT_TRUE(copy.open());
      const_cast<http_event_stream&>(copy) = {};
    }
    EXPECT_THAT(listens.hears(), AllOf(HasSubstr("data: last\n\n"), EndsWith("\r\n0\r\n\r\n")));
  }
  EXPECT_TRUE(ends.are({http_stream_end::owner, http_stream_end::owner}));
}

TEST_F(event_stream_test, has_no_chunks_for_http_1_0) {
  start(bounds());
  client listens = tcp();
  listens.says("GET /events HTTP/1.0\r\n\r\n");
  const auto stream = requests.next().respond.stream({});
  EXPECT_THAT(listens.hears_until("\r\n\r\n"), Not(HasSubstr("chunked")));
  EXPECT_TRUE(stream.write({"", "", "a"}));
  EXPECT_EQ(listens.hears_until("data: a\n\n"), ":\ndata: a\n\n");
  stream.end();
  EXPECT_EQ(listens.hears(), "");
}

TEST_F(event_stream_test, sends_no_header_that_would_be_two) {
  start(bounds());
  client asks = tcp();
  const auto stream = stream_to(asks, {.headers = {{"X", "1\r\nSet-Cookie: b=2"}}});
  EXPECT_THAT(asks.hears(), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("Set-Cookie"))));
  EXPECT_TRUE(ends.are({http_stream_end::gone}));
  EXPECT_FALSE(stream.open());
}

TEST_F(event_stream_test, has_no_body_for_head) {
  start(bounds());
  client asks = tcp();
  asks.says("HEAD /events HTTP/1.1\r\nHost: hub\r\n\r\n");
  const auto stream = requests.next().respond.stream({.ended = ends.callback()});
  EXPECT_THAT(asks.hears(), EndsWith("\r\n\r\n"));
  EXPECT_TRUE(ends.are({http_stream_end::gone}));
  EXPECT_FALSE(stream.write({}));
}

/// How a listening client leaves.
struct stream_leaving {
  const char* how;
  bool local;
  void (*leave)(client&);
};

struct event_stream_leaving_test : event_stream_test,
                                   testing::WithParamInterface<stream_leaving> {};

TEST_P(event_stream_leaving_test, is_noticed_at_once) {
  start(bounds());
  for (const bool busy : {false, true}) {
    client listens = GetParam().local ? local() : tcp();
    const auto stream = stream_to(listens, {.buffer_octets = 100'000'000});
    listens.hears_until(":\n\r\n");
    if (busy) { // the server then waits for the socket
      EXPECT_TRUE(stream.write({"", "", std::string(20'000'000, 'a')}));
    }
    GetParam().leave(listens);
    EXPECT_TRUE(eventually([&stream] { return !stream.open(); }));
    EXPECT_FALSE(stream.write({}));
  }
  EXPECT_TRUE(ends.are({http_stream_end::gone, http_stream_end::gone}));
}

INSTANTIATE_TEST_SUITE_P(
  ways, event_stream_leaving_test,
  testing::Values(stream_leaving{"tcp_reset", false, [](client& x) { x.resets(); }},
                  stream_leaving{"tcp_end", false, [](client& x) { x.ends(); }},
                  stream_leaving{"local_close", true, [](client& x) { x.resets(); }},
                  stream_leaving{"local_end", true, [](client& x) { x.ends(); }}),
  [](const auto& row) { return std::string{row.param.how}; });

TEST_F(event_stream_test, ends_when_the_server_stops) {
  start(bounds());
  client quiet = tcp(), busy = tcp();
  const auto to_quiet = stream_to(quiet);
  const auto to_busy = stream_to(busy, {.buffer_octets = 100'000'000});
  quiet.hears_until(":\n\r\n");
  EXPECT_TRUE(to_busy.write({"", "", std::string(20'000'000, 'a')}));
  server->stop();
  EXPECT_TRUE(ends.are({http_stream_end::stopped, http_stream_end::stopped}));
  EXPECT_THAT(quiet.hears(), IsEmpty());
  EXPECT_FALSE(to_quiet.write({}));
  EXPECT_FALSE(to_busy.write({}));
  server.reset();
  EXPECT_FALSE(to_quiet.write({}));
  to_quiet.end();
}

TEST_F(event_stream_test, has_ended_if_nobody_waits_for_it) {
  start(bounds());
  client asks = tcp();
  asks.says(get_events);
  const auto held = requests.next();
  EXPECT_TRUE(held.respond({}));
  EXPECT_FALSE(held.respond.stream({.ended = ends.callback()}).open());
  EXPECT_TRUE(ends.are({http_stream_end::gone}));
  EXPECT_FALSE(http_responder{}.stream({.ended = ends.callback()}).open());
  EXPECT_TRUE(ends.are({http_stream_end::gone, http_stream_end::gone}));
  EXPECT_FALSE(http_event_stream{}.write({}));
  http_event_stream{}.end();
}

TEST_F(event_stream_test, takes_events_from_many_threads) {
  constexpr int threads = 4, events = 200;
  start(bounds());
  client listens = tcp();
  const auto stream = stream_to(listens, {.buffer_octets = 10'000'000});
  std::vector<std::thread> writers;
  for (int i = 0; i < threads; ++i)
    writers.emplace_back([&stream, i] {
      for (int n = 0; n < events; ++n)
        EXPECT_TRUE(stream.write({"", std::to_string(i), std::to_string(n)}));
    });
  for (auto& writer : writers)
    writer.join();
  stream.end();
  const auto text = listens.hears();
  for (int i = 0; i < threads; ++i) {
    size_t at = 0;
    for (int n = 0; n < events && at != text.npos; ++n)
      at = text.find("event: " + std::to_string(i) + "\ndata: " + std::to_string(n) + "\n\n", at);
    EXPECT_NE(at, text.npos) << i;
  }
}

} // namespace
} // namespace fedhub
