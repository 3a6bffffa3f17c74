#include "metrics/http/http_responder.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
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
using testing::StartsWith;

const std::string get_item = "GET /item HTTP/1.1\r\nHost: hub\r\n\r\n";
const auto hour = std::chrono::hours{1};

/// A server whose requests the test holds, on TCP and on a Unix socket.
struct responder_test : testing::Test {
  const std::string path = testing::TempDir() + "http_responder_test." + std::to_string(getpid());
  uint16_t port = 0;
  held_requests requests;
  std::unique_ptr<http_server> server;

  void start(http_server::limits bounds = {.lifetime = hour}, http_async_handler handler = {},
             http_problem problem = plain_problem) {
    std::vector<http_listener> listeners;
    listeners.push_back(*http_listener::tcp("127.0.0.1", 0));
    port = listeners.back().port();
    listeners.push_back(*http_listener::local(path, 0600));
    if (!handler)
      handler = requests.handler();
    auto started =
      http_server::start(std::move(listeners), std::move(handler), bounds, std::move(problem));
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
  }
  /// Makes sure that the server has seen the clients' doings so far.
  void pass_a_turn() const {
    EXPECT_THAT(tcp().says("nonsense\n").hears(), StartsWith("HTTP/1.1 400 "));
  }
  client tcp() const { return client{port}; }
  client local() const { return client{path}; }
};

TEST_F(responder_test, answers_from_another_thread) {
  start();
  for (const auto& connect : {&responder_test::tcp, &responder_test::local}) {
    client asks = (this->*connect)();
    asks.says("POST /item?a=1 HTTP/1.1\r\nHost: hub\r\n\r\n");
    auto held = requests.next();
    EXPECT_EQ(held.request.method, "POST");
    EXPECT_EQ(held.request.path, "/item");
    EXPECT_TRUE(held.respond.awaited());
    EXPECT_TRUE(held.respond({.status = 201, .body = "made"}));
    const auto response = asks.hears();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 201 "));
    EXPECT_THAT(response, EndsWith("\r\n\r\nmade"));
  }
}

TEST_F(responder_test, answers_inside_the_handler) {
  start({.lifetime = hour}, [](const http_request&, const http_responder& respond) {
    EXPECT_TRUE(respond({.body = "at once"}));
  });
  EXPECT_THAT(tcp().says(get_item).hears(), EndsWith("\r\n\r\nat once"));
}

TEST_F(responder_test, compresses_a_response_that_comes_later) {
  start();
  client asks = tcp();
  asks.says("GET / HTTP/1.1\r\nHost: hub\r\nAccept-Encoding: gzip\r\n\r\n");
  requests.next().respond({.body = std::string(5000, 'a'), .compressible = true});
  EXPECT_THAT(asks.hears(), HasSubstr("\r\nContent-Encoding: gzip\r\n"));
}

TEST_F(responder_test, sends_the_first_response_only) {
  start();
  client asks = tcp();
  asks.says(get_item);
  const auto respond = requests.next().respond;
  const auto copy = respond;
  EXPECT_TRUE(copy({.body = "first"}));
  EXPECT_FALSE(respond({.body = "second"}));
  EXPECT_FALSE(respond.awaited());
  EXPECT_THAT(asks.hears(), EndsWith("\r\n\r\nfirst"));
  EXPECT_FALSE(copy({.body = "third"}));
}

TEST_F(responder_test, answers_500_when_its_last_copy_is_destroyed) {
  start();
  client asks = tcp();
  asks.says(get_item);
  {
    const auto held = requests.next();
    { const auto copy = held.respond; }
    EXPECT_TRUE(held.respond.awaited());
  }
  EXPECT_THAT(asks.hears(), StartsWith("HTTP/1.1 500 "));
}

TEST_F(responder_test, answers_500_if_the_handler_throws_although_a_copy_is_kept) {
  start({.lifetime = hour},
        [hold = requests.handler()](const http_request& request, const http_responder& respond) {
          hold(request, respond);
          throw 7;
        });
  EXPECT_THAT(tcp().says(get_item).hears(), StartsWith("HTTP/1.1 500 "));
  EXPECT_FALSE(requests.next().respond({.body = "late"}));
}

TEST_F(responder_test, does_nothing_if_it_is_empty) {
  const http_responder empty;
  EXPECT_FALSE(empty.awaited());
  EXPECT_FALSE(empty({}));
}

TEST_F(responder_test, answers_503_in_the_words_of_the_owner_at_the_deadline) {
  start({.lifetime = 200ms}, {}, [](unsigned status, const std::string& why) {
    return http_response{status, "{" + why + "}", {{"Content-Type", "application/problem+json"}}};
  });
  for (const auto& connect : {&responder_test::tcp, &responder_test::local}) {
    client asks = (this->*connect)();
    asks.says(get_item);
    const auto held = requests.next();
    const auto begin = steady_clock::now();
    const auto response = asks.hears();
    EXPECT_LT(steady_clock::now() - begin, 1000ms);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(response, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(response, HasSubstr("\r\nContent-Type: application/problem+json\r\n"));
    EXPECT_THAT(response, EndsWith("\r\n\r\n{the request was not answered in time}"));
    EXPECT_FALSE(held.respond.awaited());
    EXPECT_FALSE(held.respond({.body = "late"}));
  }
}

TEST_F(responder_test, ends_a_client_that_does_not_close_after_its_503) {
  start({.connections = 1, .lifetime = 100ms});
  const auto begin = steady_clock::now();
  client stays = tcp();
  stays.says(get_item);
  const auto held = requests.next();
  EXPECT_THAT(stays.hears(), StartsWith("HTTP/1.1 503 "));
  // The server has ended its side. It still reads until the client's time is over.
  EXPECT_TRUE(eventually([&stays] { return stays.is_refused(); }));
  EXPECT_GE(steady_clock::now() - begin, 900ms);
}

/// How a client leaves while its response is awaited.
struct leaving {
  const char* how;
  bool local;
  void (*leave)(client&);
  bool noticed; ///< before the deadline.
};

struct responder_leaving_test : responder_test, testing::WithParamInterface<leaving> {};

TEST_P(responder_leaving_test, frees_the_place_of_a_client_that_is_surely_gone) {
  start();
  client leaves = GetParam().local ? local() : tcp();
  leaves.says(get_item);
  const auto held = requests.next();
  GetParam().leave(leaves);
  if (GetParam().noticed) {
    EXPECT_TRUE(eventually([&held] { return !held.respond.awaited(); }));
    EXPECT_FALSE(held.respond({}));
  } else {
    pass_a_turn();
    EXPECT_TRUE(held.respond({.body = "still there"}));
  }
}

INSTANTIATE_TEST_SUITE_P(
  ways, responder_leaving_test,
  testing::Values(leaving{"tcp_reset", false, [](client& x) { x.resets(); }, true},
                  leaving{"tcp_end", false, [](client& x) { x.ends(); }, false},
                  leaving{"local_close", true, [](client& x) { x.resets(); }, true},
                  leaving{"local_end", true, [](client& x) { x.ends(); }, false}),
  [](const auto& row) { return std::string{row.param.how}; });

TEST_F(responder_test, answers_clients_that_ended_their_side) {
  start();
  // The library handles its oldest connection in another way.
  client oldest = tcp();
  oldest.says("GET /");
  for (const auto& connect : {&responder_test::tcp, &responder_test::local})
    for (const bool together : {true, false}) {
      client asks = (this->*connect)();
      if (together)
        asks.says_at_last(get_item);
      else
        asks.says(get_item);
      const auto held = requests.next();
      if (!together)
        asks.ends();
      pass_a_turn();
      held.respond({.body = std::string(3'000'000, 'a')});
      EXPECT_GT(asks.hears().size(), 3'000'000u);
    }
}

TEST_F(responder_test, answers_a_client_that_sent_more_than_its_request) {
  start();
  client oldest = tcp();
  oldest.says("GET /");
  client asks = tcp();
  asks.says(get_item + get_item);
  const auto held = requests.next();
  asks.says(std::string(100'000, 'x'));
  held.respond({.body = "one"});
  EXPECT_THAT(asks.hears(), EndsWith("\r\n\r\none"));
}

TEST_F(responder_test, spends_no_time_on_clients_that_wait) {
  start();
  std::vector<client> clients;
  std::vector<held_requests::held> held;
  for (const auto& connect : {&responder_test::tcp, &responder_test::local}) {
    clients.push_back((this->*connect)());
    clients.back().says(get_item);
    clients.push_back((this->*connect)());
    clients.back().says(get_item + "more");
    clients.push_back((this->*connect)());
    clients.back().says_at_last(get_item);
  }
  for (size_t i = 0; i < clients.size(); ++i)
    held.push_back(requests.next());
  pass_a_turn();
  EXPECT_LT(time_spent_in(1s), 100ms);
}

TEST_F(responder_test, ends_the_oldest_waiting_client_of_an_origin_that_has_its_share) {
  start({.connections = 10, .connections_per_origin = 2, .lifetime = hour});
  client first = tcp(), second = tcp();
  first.says(get_item);
  const auto to_first = requests.next();
  second.says(get_item);
  const auto to_second = requests.next();
  client third = tcp();
  third.says(get_item);
  const auto to_third = requests.next();
  EXPECT_THAT(first.hears(), IsEmpty());
  EXPECT_FALSE(to_first.respond({}));
  EXPECT_TRUE(to_second.respond({.body = "2"}));
  EXPECT_TRUE(to_third.respond({.body = "3"}));
  EXPECT_THAT(second.hears(), EndsWith("\r\n\r\n2"));
  EXPECT_THAT(third.hears(), EndsWith("\r\n\r\n3"));
}

TEST_F(responder_test, does_nothing_when_the_server_has_stopped) {
  start();
  client asks = tcp(), drops = tcp();
  asks.says(get_item);
  const auto held = requests.next();
  drops.says(get_item);
  auto dropped = std::make_unique<held_requests::held>(requests.next());
  server->stop();
  EXPECT_THAT(asks.hears(), IsEmpty());
  EXPECT_THAT(drops.hears(), IsEmpty());
  EXPECT_FALSE(held.respond.awaited());
  EXPECT_FALSE(held.respond({}));
  server.reset();
  EXPECT_FALSE(held.respond({}));
  dropped.reset();
}

TEST_F(responder_test, stops_while_answers_arrive) {
  for (int round = 0; round < 20; ++round) {
    start();
    std::vector<client> clients;
    std::vector<http_responder> responders;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(tcp());
      clients.back().says(get_item);
      responders.push_back(requests.next().respond);
    }
    std::thread answers{[&responders] {
      for (auto& respond : responders)
        std::exchange(respond, {})({.body = "x"});
    }};
    server->stop();
    answers.join();
  }
}

TEST_F(responder_test, takes_answers_from_many_threads_in_any_order) {
  constexpr int threads = 4, rounds = 50;
  start();
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([this] {
      for (int n = 0; n < rounds; ++n) {
        const auto held = requests.next();
        held.respond({.body = held.request.path});
      }
    });
  std::vector<std::thread> askers;
  for (int i = 0; i < threads; ++i)
    askers.emplace_back([this, i] {
      for (int n = 0; n < rounds; ++n) {
        const auto item = "/" + std::to_string(i) + "/" + std::to_string(n);
        EXPECT_THAT(tcp().says("GET " + item + " HTTP/1.1\r\nHost: hub\r\n\r\n").hears(),
                    EndsWith("\r\n\r\n" + item));
      }
    });
  for (auto& asker : askers)
    asker.join();
  for (auto& worker : workers)
    worker.join();
}

} // namespace
} // namespace fedhub
