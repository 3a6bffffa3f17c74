#include "metrics/http/http_server.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/metrics/http/client.hpp"
#include "tests/unit/metrics/http/held_requests.hpp"

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

const std::string get_path = "GET /path HTTP/1.1\r\nHost: hub\r\n\r\n";

/// Returns a request head of `octets` octets.
std::string head_of(size_t octets) {
  const std::string begin = "GET / HTTP/1.1\r\nX: ", end = "\r\n\r\n";
  return begin + std::string(octets - begin.size() - end.size(), 'x') + end;
}

/// How the server uses connections. All of its promises hold in both forms.
enum class form {
  closing,   ///< each response ends its connection.
  persistent ///< the second response does; each test is about the second request.
};

struct server_test : testing::TestWithParam<form> {
  std::vector<http_request> requests;
  http_response response{.body = "answer"};
  std::vector<uint16_t> ports;
  std::unique_ptr<http_server> server;

  void start(http_server::limits bounds, size_t listeners = 1, http_handler handler = {}) {
    std::vector<http_listener> all;
    for (size_t i = 0; i < listeners; ++i) {
      all.push_back(*http_listener::tcp("127.0.0.1", 0));
      ports.push_back(all.back().port());
    }
    if (!handler)
      handler = [this](const http_request& request) {
        requests.push_back(request);
        return response;
      };
    bounds.requests_per_connection = GetParam() == form::persistent ? 2 : 1;
    bounds.idle = 60s;
    auto started = http_server::start(
      std::move(all),
      [handler](const http_request& request) {
        return request.path == "/before" ? http_response{.body = "before"} : handler(request);
      },
      bounds);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
  }
  /// Returns a client that may send the request of the test.
  client connect(size_t listener = 0) const {
    client ready{ports[listener]};
    before(ready);
    return ready;
  }
  /// Exchanges the first request, if there is one in this form.
  static void before(client& ready) {
    if (GetParam() == form::persistent) {
      EXPECT_THAT(ready.says("GET /before HTTP/1.1\r\nHost: hub\r\n\r\n").hears_response(),
                  EndsWith("\r\n\r\nbefore"));
    }
  }
  std::string ask(const std::string& request) const { return connect().says(request).hears(); }
};

TEST_P(server_test, gives_the_whole_request_to_the_handler) {
  start({.body_octets = 100});
  ask("PATCH /a%20b/%2e?x=1&y=a%26b+c&x=&z HTTP/1.1\r\nHost: hub\r\nif-match: \"7\"\r\n"
      "Content-Length: 5\r\n\r\n12345");
  ASSERT_EQ(requests.size(), 1u);
  const auto& request = requests[0];
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target, "/a%20b/%2e?x=1&y=a%26b+c&x=&z");
  EXPECT_EQ(request.path, "/a b/.");
  EXPECT_THAT(request.query,
              ElementsAre(Pair("x", "1"), Pair("y", "a&b c"), Pair("x", ""), Pair("z", "")));
  EXPECT_EQ(http_header(request.headers, "If-Match"), "\"7\"");
  EXPECT_EQ(request.body, "12345");
  EXPECT_EQ(request.peer.address, "127.0.0.1");
  EXPECT_FALSE(request.peer.uid);
}

TEST_P(server_test, puts_a_body_in_chunks_together) {
  start({.body_octets = 10});
  ask("POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\n1234\r\n6\r\n567890\r\n0\r\n\r\n");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].body, "1234567890");
}

TEST_P(server_test, does_not_end_a_path_at_an_escaped_nul) {
  start({});
  ask("GET /path%00/%41 HTTP/1.1\r\nHost: hub\r\n\r\n");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].path, "/path%00/%41");
}

TEST_P(server_test, sends_status_headers_and_body) {
  response = {201, "made\n", {{"ETag", "\"8\""}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}};
  start({});
  const auto text = ask(get_path);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 201 "));
  EXPECT_THAT(text, HasSubstr("\r\nETag: \"8\"\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nSet-Cookie: a=1\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nSet-Cookie: b=2\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\nmade\n"));
}

TEST_P(server_test, compresses_only_where_the_handler_and_the_client_allow_it) {
  response.body = std::string(5000, 'a');
  start({});
  const std::string asks_for_gzip = "GET / HTTP/1.1\r\nHost: hub\r\nAccept-Encoding: gzip\r\n\r\n";
  EXPECT_THAT(ask(asks_for_gzip), Not(HasSubstr("Content-Encoding")));
  response.compressible = true;
  EXPECT_THAT(ask(asks_for_gzip), HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(ask(asks_for_gzip), HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  EXPECT_THAT(ask(get_path), Not(HasSubstr("Content-Encoding")));
}

TEST_P(server_test, answers_500_if_the_handler_fails) {
  start({}, 1, [](const http_request&) -> http_response { throw 7; });
  EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 500 "));
}

TEST_P(server_test, sends_no_header_that_would_be_two) {
  response.headers = {{"Location", "/a\r\nSet-Cookie: b=2"}};
  start({});
  const auto text = ask(get_path);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(text, Not(HasSubstr("Set-Cookie")));
}

TEST_P(server_test, takes_a_head_up_to_its_limit) {
  start({.head_octets = 1000, .lifetime = 60s});
  EXPECT_THAT(ask(head_of(1000)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(head_of(1001)), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("GET /" + std::string(3000, 'x')), StartsWith("HTTP/1.1 414 "));
  std::string fields;
  for (int i = 0; i < 180; ++i)
    fields += "a:b\r\n";
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n" + fields + "\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(requests.size(), 1u);
}

TEST_P(server_test, takes_a_body_up_to_its_limit) {
  start({.body_octets = 10, .lifetime = 60s});
  const std::string head = "POST / HTTP/1.1\r\nHost: hub\r\n";
  EXPECT_THAT(ask(head + "Content-Length: 10\r\n\r\n1234567890"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(head + "Content-Length: 11\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(
    ask(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n"),
    StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(requests.size(), 1u);
}

TEST_P(server_test, reads_on_until_a_client_has_its_refusal) {
  start({.body_octets = 10, .lifetime = 20s});
  const auto refusal = [this](const std::string& begin) {
    client sender = connect();
    sender.says(begin);
    for (int i = 0; i < 400; ++i)
      sender.says(std::string(100'000, 'x')); // a reset or a full socket would make this fail
    return sender.says_at_last("x").hears();
  };
  EXPECT_THAT(refusal("POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 40000000\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  // In a later request the library finds the first line to be too long.
  EXPECT_THAT(refusal("<stream:stream>"),
              StartsWith(GetParam() == form::closing ? "HTTP/1.1 400 " : "HTTP/1.1 414 "));
}

TEST_P(server_test, answers_a_client_that_ended_its_side_with_the_request) {
  response.body = std::string(3'000'000, 'a');
  start({.lifetime = 60s});
  EXPECT_GT(connect().says_at_last(get_path).hears().size(), 3'000'000u);
}

TEST_P(server_test, ends_at_once_with_a_client_that_ends_half_way) {
  start({.lifetime = 60s});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(connect().says_at_last("GET /path HTTP/1.1\r\nHo").hears(), IsEmpty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_P(server_test, serves_others_while_clients_read_nothing) {
  response.body = std::string(8'000'000, 'a');
  start({.lifetime = 60s});
  std::vector<client> deaf;
  for (int i = 0; i < 20; ++i)
    deaf.push_back(std::move(connect().says(get_path)));
  EXPECT_GT(ask(get_path).size(), 8'000'000u);
}

TEST_P(server_test, ends_the_oldest_connection_of_an_address_that_has_too_many) {
  start({.connections = 10, .connections_per_origin = 2, .lifetime = 60s});
  client first = connect();
  first.says("GET /path HTTP/1.1\r\n");
  ask(get_path); // makes sure that the server has read from `first`
  client second = connect();
  second.says("GET /path HTTP/1.1\r\n");
  EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(first.hears(), IsEmpty());
  EXPECT_THAT(second.says("\r\n").hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_P(server_test, serves_all_its_listeners) {
  start({}, 3);
  for (size_t i = 0; i < ports.size(); ++i)
    EXPECT_THAT(connect(i).says(get_path).hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_P(server_test, gives_the_user_of_a_unix_socket_to_the_handler) {
  const std::string path = testing::TempDir() + "http_server_test." + std::to_string(getpid());
  std::vector<http_listener> listeners;
  listeners.push_back(*http_listener::local(path, 0600));
  auto started = http_server::start(
    std::move(listeners),
    [](const http_request& request) {
      return http_response{.body = request.peer.address + std::to_string(*request.peer.uid)};
    },
    {});
  ASSERT_TRUE(started) << started.error();
  EXPECT_THAT(client{path}.says(get_path).hears(), EndsWith("\r\n\r\n" + std::to_string(getuid())));
  EXPECT_THAT(client{path}.says("<nonsense>\r\n").hears(), StartsWith("HTTP/1.1 400 "));
}

TEST_P(server_test, stops_while_a_response_is_on_its_way) {
  response.body = std::string(8'000'000, 'a');
  start({.lifetime = 60s});
  client slow = connect();
  slow.says(get_path);
  EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 200 "));
  server->stop();
  EXPECT_LT(slow.hears().size(), 8'000'000u);
}

TEST_P(server_test, puts_a_request_together_octet_by_octet) {
  start({});
  client slow = connect();
  for (const char octet : get_path)
    slow.says(std::string{octet});
  EXPECT_THAT(slow.hears(), EndsWith("\r\n\r\nanswer"));
}

TEST_P(server_test, answers_at_once_beside_clients_that_are_silent_or_stop_half_way) {
  start({.lifetime = 60s});
  std::vector<client> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(connect());
    if (i % 2 == 1)
      silent.back().says("GET /path HTTP/1.1\r\nHost: ");
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_P(server_test, ends_a_request_that_takes_too_long_although_octets_trickle) {
  start({.body_octets = 100, .lifetime = 300ms});
  const auto begin = std::chrono::steady_clock::now();
  for (const char* part : {"G", "GET /path HTTP/1.1\r\n",
                           "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 99\r\n\r\n1"}) {
    client trickling = connect();
    trickling.says(part);
    std::thread drops{[&trickling] {
      while (!trickling.is_refused()) // sends an octet
        std::this_thread::sleep_for(40ms);
    }};
    EXPECT_THAT(trickling.hears(), IsEmpty());
    drops.join();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_P(server_test, ends_a_client_that_reads_its_response_too_slowly) {
  response.body = std::string(8'000'000, 'a');
  start({.lifetime = 300ms});
  client slow = connect();
  slow.says(get_path);
  EXPECT_TRUE(eventually([&slow] { return slow.is_refused(); }));
}

TEST_P(server_test, serves_on_after_clients_that_vanish) {
  start({});
  for (int i = 0; i < 60; ++i) {
    client gone = connect();
    if (i % 3 == 0)
      gone.says(get_path);
    if (i % 3 == 1)
      gone.says("GET /pa");
    if (i % 2 == 0)
      gone.resets();
  }
  EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 200 "));
}

TEST_P(server_test, closes_everything_when_it_stops) {
  start({.lifetime = 60s});
  client silent = connect(), half = connect();
  half.says("GET /pa");
  server->stop();
  server->stop();
  server.reset();
  EXPECT_THAT(silent.hears(), IsEmpty());
  EXPECT_THAT(half.hears(), IsEmpty());
  EXPECT_FALSE(client{ports[0]}.connected());
}

INSTANTIATE_TEST_SUITE_P(forms, server_test, testing::Values(form::closing, form::persistent),
                         [](const auto& row) {
                           return row.param == form::closing ? "closing" : "persistent";
                         });

} // namespace
} // namespace fedhub
