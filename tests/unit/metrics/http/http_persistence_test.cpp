#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "metrics/http/http_server.hpp"
#include "tests/unit/metrics/http/client.hpp"
#include "tests/unit/metrics/http/held_requests.hpp"

namespace fedhub {
namespace {

using std::chrono::steady_clock;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string stays_open = " HTTP/1.1\r\nHost: hub\r\n\r\n";
constexpr std::chrono::hours hour{1};

/// A server that answers each request with its path, and holds those below "/later".
struct persistence_test : testing::Test {
  uint16_t port = 0;
  held_requests later;
  std::unique_ptr<http_server> server;

  void start(http_server::limits bounds) {
    std::vector<http_listener> listeners;
    listeners.push_back(*http_listener::tcp("127.0.0.1", 0));
    port = listeners.back().port();
    auto started = http_server::start(
      std::move(listeners),
      [hold = later.handler()](const http_request& request, const http_responder& respond) {
        if (request.path.starts_with("/later"))
          hold(request, respond);
        else
          respond({.body = request.path});
      },
      bounds);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
  }
  static http_server::limits long_limits() {
    return {.body_octets = 100, .lifetime = hour, .requests_per_connection = 100, .idle = hour};
  }
};

TEST_F(persistence_test, answers_many_requests_on_one_connection) {
  start(long_limits());
  client asks{port};
  for (int i = 1; i < 100; ++i) {
    const auto item = "/" + std::to_string(i);
    const auto response = asks.says("GET " + item + stays_open).hears_response();
    EXPECT_THAT(response, EndsWith("\r\n\r\n" + item));
    EXPECT_THAT(response, Not(HasSubstr("Connection: close")));
  }
  const auto last = asks.says("GET /100" + stays_open).hears();
  EXPECT_THAT(last, EndsWith("\r\n\r\n/100"));
  EXPECT_THAT(last, HasSubstr("\r\nConnection: close\r\n"));
}

/// Which requests let the connection stay open (RFC 9112 §9.3).
TEST_F(persistence_test, closes_when_the_client_asks_for_it) {
  start(long_limits());
  const struct {
    const char* request;
    bool open;
  } rows[] = {{"GET /a HTTP/1.1\r\nHost: hub\r\n\r\n", true},
              {"HEAD /a HTTP/1.1\r\nHost: hub\r\nConnection: keep-alive\r\n\r\n", true},
              {"GET /a HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n", false},
              {"GET /a HTTP/1.1\r\nHost: hub\r\nconnection: x, Close\r\n\r\n", false},
              {"GET /a HTTP/1.0\r\n\r\n", false},
              {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
              {"POST /a HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n12", true},
              {"POST /a HTTP/1.1\r\nHost: hub\r\nContent-Length: 200\r\n\r\n", false},
              {"nonsense\r\n\r\n", false}};
  for (const auto& row : rows) {
    client asks{port};
    asks.says(row.request);
    if (!row.open) {
      EXPECT_THAT(asks.hears(), StartsWith("HTTP/1.1 ")) << row.request;
      continue;
    }
    if (std::string{row.request}.starts_with("HEAD"))
      EXPECT_THAT(asks.hears_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    else
      EXPECT_THAT(asks.hears_response(), StartsWith("HTTP/1.1 200 ")) << row.request;
    EXPECT_THAT(asks.says("GET /b" + stays_open).hears_response(), EndsWith("\r\n\r\n/b"))
      << row.request;
  }
}

TEST_F(persistence_test, keeps_the_order_of_requests_that_come_together) {
  start(long_limits());
  client asks{port};
  asks.says("GET /1" + stays_open + "GET /later" + stays_open + "GET /3" + stays_open + "GET /4");
  EXPECT_THAT(asks.hears_response(), EndsWith("\r\n\r\n/1"));
  later.next().respond({.body = "second"});
  EXPECT_THAT(asks.hears_response(), EndsWith("\r\n\r\nsecond"));
  EXPECT_THAT(asks.hears_response(), EndsWith("\r\n\r\n/3"));
  EXPECT_THAT(asks.says(stays_open).hears_response(), EndsWith("\r\n\r\n/4"));
}

TEST_F(persistence_test, closes_a_connection_that_is_idle_for_too_long) {
  start({.lifetime = hour, .requests_per_connection = 100, .idle = 1500ms});
  client asks{port};
  auto begin = steady_clock::now();
  for (int i = 0; i < 4; ++i) { // each request begins the time anew
    std::this_thread::sleep_for(500ms);
    begin = steady_clock::now();
    EXPECT_THAT(asks.says("GET /a" + stays_open).hears_response(), EndsWith("\r\n\r\n/a"));
  }
  EXPECT_THAT(asks.hears(), IsEmpty());
  EXPECT_GE(steady_clock::now() - begin, 1400ms);
}

TEST_F(persistence_test, gives_each_request_its_own_deadline) {
  start({.lifetime = 1000ms, .requests_per_connection = 100, .idle = hour});
  client asks{port};
  const auto begin = steady_clock::now();
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(400ms);
    EXPECT_THAT(asks.says("GET /a" + stays_open).hears_response(), EndsWith("\r\n\r\n/a"));
  }
  EXPECT_GT(steady_clock::now() - begin, 1600ms);
  std::this_thread::sleep_for(1200ms); // idle for longer than a request may take
  const auto late = steady_clock::now();
  EXPECT_THAT(asks.says("GET /later" + stays_open).hears(), StartsWith("HTTP/1.1 503 "));
  EXPECT_GE(steady_clock::now() - late, 900ms);
  const auto held = later.next();
  EXPECT_FALSE(held.respond({}));
}

TEST_F(persistence_test, gives_a_deadline_to_a_request_that_came_with_the_one_before) {
  start({.lifetime = 200ms, .requests_per_connection = 100, .idle = hour});
  client asks{port};
  asks.says("GET /a" + stays_open + "GET /later" + stays_open);
  EXPECT_THAT(asks.hears_response(), EndsWith("\r\n\r\n/a"));
  EXPECT_THAT(asks.hears(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(persistence_test, keeps_the_connection_of_a_request_that_was_not_answered) {
  start(long_limits());
  client asks{port};
  asks.says("GET /later" + stays_open);
  static_cast<void>(later.next());
  EXPECT_THAT(asks.hears_response(), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(asks.says("GET /b" + stays_open).hears_response(), EndsWith("\r\n\r\n/b"));
}

TEST_F(persistence_test, counts_idle_connections_but_ends_them_first) {
  start({.connections = 10,
         .connections_per_origin = 2,
         .lifetime = hour,
         .requests_per_connection = 100,
         .idle = hour});
  client busy{port}, idle{port};
  busy.says("GET /later" + stays_open);
  const auto held = later.next();
  EXPECT_THAT(idle.says("GET /a" + stays_open).hears_response(), EndsWith("\r\n\r\n/a"));
  client third{port};
  EXPECT_THAT(third.says("GET /b" + stays_open).hears_response(), EndsWith("\r\n\r\n/b"));
  EXPECT_THAT(idle.hears(), IsEmpty());
  held.respond({.body = "still there"});
  EXPECT_THAT(busy.hears_response(), EndsWith("\r\n\r\nstill there"));
}

TEST_F(persistence_test, notices_at_once_that_an_idle_client_is_gone) {
  start({.connections = 1, .lifetime = hour, .requests_per_connection = 100, .idle = hour});
  client asks{port};
  EXPECT_THAT(asks.says("GET /a" + stays_open).hears_response(), EndsWith("\r\n\r\n/a"));
  asks.ends();
  EXPECT_THAT(asks.hears(), IsEmpty());
}

} // namespace
} // namespace fedhub
