#include "metrics/http/http_server.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/metrics/http/client.hpp"

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

struct server_test : testing::Test {
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
    auto started = http_server::start(std::move(all), std::move(handler), bounds);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
  }
  std::string ask(const std::string& request) { return client{ports[0]}.says(request).hears(); }
};

TEST_F(server_test, gives_the_whole_request_to_the_handler) {
  start({.body_octets = 100});
  ask("PATCH /a%20b/%2e?x=1&y=a%26b+c&x=&z HTTP/1.1\r\nHost: hub\r\nif-match: \"7\"\r\n"
      "Content-Length: 5\r\n\r\n12345");
  ASSERT_EQ(requests.size(), 1u);
  const auto& request = requests[0];
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.path, "/a b/.");
  EXPECT_THAT(request.query,
              ElementsAre(Pair("x", "1"), Pair("y", "a&b c"), Pair("x", ""), Pair("z", "")));
  EXPECT_EQ(http_header(request.headers, "If-Match"), "\"7\"");
  EXPECT_EQ(request.body, "12345");
  EXPECT_EQ(request.peer.address, "127.0.0.1");
  EXPECT_FALSE(request.peer.uid);
}

TEST_F(server_test, puts_a_body_in_chunks_together) {
  start({.body_octets = 10});
  ask("POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\n1234\r\n6\r\n567890\r\n0\r\n\r\n");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].body, "1234567890");
}

TEST_F(server_test, does_not_end_a_path_at_an_escaped_nul) {
  start({});
  ask("GET /path%00/%41 HTTP/1.1\r\nHost: hub\r\n\r\n");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].path, "/path%00/%41");
}

TEST_F(server_test, sends_status_headers_and_body) {
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

TEST_F(server_test, compresses_only_where_the_handler_and_the_client_allow_it) {
  response.body = std::string(5000, 'a');
  start({});
  const std::string asks_for_gzip = "GET / HTTP/1.1\r\nHost: hub\r\nAccept-Encoding: gzip\r\n\r\n";
  EXPECT_THAT(ask(asks_for_gzip), Not(HasSubstr("Content-Encoding")));
  response.compressible = true;
  EXPECT_THAT(ask(asks_for_gzip), HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(ask(asks_for_gzip), HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  EXPECT_THAT(ask(get_path), Not(HasSubstr("Content-Encoding")));
}

TEST_F(server_test, answers_500_if_the_handler_fails) {
  start({}, 1, [](const http_request&) -> http_response { throw 7; });
  EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 500 "));
}

TEST_F(server_test, sends_no_header_that_would_be_two) {
  response.headers = {{"Location", "/a\r\nSet-Cookie: b=2"}};
  start({});
  const auto text = ask(get_path);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(text, Not(HasSubstr("Set-Cookie")));
}

TEST_F(server_test, takes_a_head_up_to_its_limit) {
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

TEST_F(server_test, takes_a_body_up_to_its_limit) {
  start({.body_octets = 10, .lifetime = 60s});
  const std::string head = "POST / HTTP/1.1\r\nHost: hub\r\n";
  EXPECT_THAT(ask(head + "Content-Length: 10\r\n\r\n1234567890"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(head + "Content-Length: 11\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(
    ask(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n"),
    StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(server_test, reads_on_until_a_client_has_its_refusal) {
  start({.body_octets = 10, .lifetime = 20s});
  const auto refusal = [this](const std::string& begin) {
    client sender{ports[0]};
    sender.says(begin);
    for (int i = 0; i < 400; ++i)
      sender.says(std::string(100'000, 'x')); // a reset or a full socket would make this fail
    return sender.says_at_last("x").hears();
  };
  EXPECT_THAT(refusal("POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 40000000\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(refusal("<stream:stream>"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(server_test, answers_a_client_that_ended_its_side_with_the_request) {
  response.body = std::string(3'000'000, 'a');
  start({.lifetime = 60s});
  EXPECT_GT(client{ports[0]}.says_at_last(get_path).hears().size(), 3'000'000u);
}

TEST_F(server_test, ends_at_once_with_a_client_that_ends_half_way) {
  start({.lifetime = 60s});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(client{ports[0]}.says_at_last("GET /path HTTP/1.1\r\nHo").hears(), IsEmpty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(server_test, serves_others_while_clients_read_nothing) {
  response.body = std::string(8'000'000, 'a');
  start({.lifetime = 60s});
  std::vector<client> deaf;
  for (int i = 0; i < 20; ++i)
    deaf.emplace_back(ports[0]).says(get_path);
  EXPECT_GT(ask(get_path).size(), 8'000'000u);
}

TEST_F(server_test, ends_the_oldest_connection_of_an_address_that_has_too_many) {
  start({.connections = 10, .connections_per_origin = 2, .lifetime = 60s});
  client first{ports[0]};
  first.says("GET /path HTTP/1.1\r\n");
  ask(get_path); // makes sure that the server has read from `first`
  client second{ports[0]};
  EXPECT_THAT(ask(get_path), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(first.hears(), IsEmpty());
  EXPECT_THAT(second.says(get_path).hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(server_test, serves_all_its_listeners) {
  start({}, 3);
  for (const auto port : ports)
    EXPECT_THAT(client{port}.says(get_path).hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(server_test, gives_the_user_of_a_unix_socket_to_the_handler) {
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

TEST_F(server_test, stops_while_a_response_is_on_its_way) {
  response.body = std::string(8'000'000, 'a');
  start({.lifetime = 60s});
  client slow{ports[0]};
  slow.says(get_path);
  EXPECT_THAT(client{ports[0]}.says(get_path).hears(), StartsWith("HTTP/1.1 200 "));
  server->stop();
  EXPECT_LT(slow.hears().size(), 8'000'000u);
}

} // namespace
} // namespace fedhub
