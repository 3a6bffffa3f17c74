// The traffic between the resolver and its DNS servers: lost packets, TCP, ports, forged and broken
// answers.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "actors/dns/dns_sockets.hpp"
#include "tests/unit/actors/dns/resolver_scene.hpp"

namespace fedhub::test {
namespace {

using testing::ElementsAre;

using ResolverTest = resolver_scene;

TEST_F(ResolverTest, times_out_when_no_answer_comes) {
  options.timeout = 300ms;
  server.script(srv_of("dead.example"), dns_script{.ignored = dns_server::for_ever});
  auto result = resolve("dead.example");
  EXPECT_EQ(result->why, failure::dns_timeout);
  EXPECT_LT(result->total_time, 3s);
  EXPECT_EQ(server.asked(srv_of("dead.example")), 3);
  EXPECT_EQ(server.asked(a("dead.example")), 0);
}

TEST_F(ResolverTest, asks_again_when_a_packet_is_lost) {
  options.timeout = 2s;
  server.script(
    srv_of("partner.example"),
    dns_script{.answer = dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"), .ignored = 2});
  server.script(a("a.example"),
                dns_script{.answer = dns_packet{}.a("@", 60, "192.9.2.1"), .ignored = 1});
  EXPECT_THAT(found(resolve("partner.example")), ElementsAre("a.example 192.9.2.1:5269"));
  EXPECT_EQ(server.asked(srv_of("partner.example")), 3);
}

TEST_F(ResolverTest, asks_over_tcp_when_an_answer_is_truncated) {
  dns_packet whole;
  for (int i = 0; i < 60; ++i) // more than UDP may carry
    whole.srv("@", 60, static_cast<unsigned>(i), 0, 5269,
              "a-rather-long-host-name-" + std::to_string(i) + ".example");
  server.script(srv_of("big.example"),
                dns_script{.answer = dns_packet{}.truncated(), .over_tcp = whole});
  server.script(a("a-rather-long-host-name-7.example"), dns_packet{}.a("@", 60, "192.9.2.7"));
  EXPECT_THAT(found(resolve("big.example")),
              ElementsAre("a-rather-long-host-name-7.example 192.9.2.7:5269"));
  EXPECT_EQ(server.questions_over_tcp(), 1);
  EXPECT_EQ(server.asked(srv_of("big.example")), 2);
}

TEST_F(ResolverTest, reads_many_answers_that_come_at_once_on_one_tcp_connection) {
  constexpr int count = 50;
  std::vector<decltype(ask(""))> requests;
  for (int i = 0; i < count; ++i) {
    auto name = "big" + std::to_string(i) + ".example";
    server.script(srv_of(name), dns_script{.answer = dns_packet{}.truncated(),
                                           .over_tcp = dns_packet{}.srv("@", 60, 0, 0, 0, ""),
                                           .held_over_tcp = true});
    requests.push_back(ask(name));
  }
  server.await_over_tcp(count);
  server.release();
  for (auto& x : requests)
    EXPECT_EQ(receive(x)->why, failure::dns_no_service);
  EXPECT_EQ(server.questions_over_tcp(), count);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ResolverTest, writes_on_a_tcp_connection_that_has_been_idle) {
  auto truncated = dns_packet{}.truncated();
  auto no_service = dns_packet{}.srv("@", 60, 0, 0, 0, "");
  // This open question keeps the library's sockets open.
  server.script(srv_of("held.example"), dns_script{.answer = no_service, .held = true});
  auto held = ask("held.example");
  server.await(srv_of("held.example"));
  for (std::string name : {"first.example", "second.example", "third.example"}) {
    server.script(srv_of(name), dns_script{.answer = truncated, .over_tcp = no_service});
    EXPECT_EQ(resolve(name)->why, failure::dns_no_service);
  }
  EXPECT_EQ(server.connections(), 1);
  server.release();
  EXPECT_EQ(receive(held)->why, failure::dns_no_service);
}

TEST_F(ResolverTest, changes_its_source_port_while_questions_are_open) {
  options.timeout = 20s;
  server.script(srv_of("dead.example"),
                dns_script{.answer = dns_packet{}.srv("@", 60, 0, 0, 0, ""), .held = true});
  auto dead = ask("dead.example"); // from here on there is always an open question
  server.await(srv_of("dead.example"));
  constexpr int count = 600;
  for (int i = 0; i < count; ++i) {
    auto name = "live" + std::to_string(i) + ".example";
    server.script(srv_of(name), dns_packet{}.srv("@", 60, 0, 0, 0, ""));
    EXPECT_EQ(resolve(name)->why, failure::dns_no_service);
  }
  server.release();
  receive(dead);
  constexpr int most = dns_sockets::questions_per_port;
  const auto ports = server.datagrams_by_port();
  EXPECT_GE(ports.size(), size_t{count / most});
  for (auto [port, datagrams] : ports)
    EXPECT_LE(datagrams, most) << "from port " << port;
}

TEST_F(ResolverTest, ignores_answers_to_another_question) {
  options.timeout = 300ms;
  auto forged = dns_packet{}.srv("@", 60, 1, 0, 5269, "evil.example");
  server.script(srv_of("partner.example"), dns_script{.answer = forged, .wrong_id = true});
  EXPECT_EQ(resolve("partner.example")->why, failure::dns_timeout);
  EXPECT_EQ(server.asked(a("evil.example")), 0);
}

TEST_F(ResolverTest, survives_garbage) {
  options.timeout = 300ms;
  int i = 0;
  for (const auto& garbage : {test::octets{0}, test::octets(500, 0xff), test::octets(100, 0xc0),
                              test::octets{0xc0, 12, 0}}) {
    auto name = "garbage" + std::to_string(i++) + ".example";
    server.script(srv_of(name),
                  dns_script{.answer = dns_packet{}.srv("@", 60, 1, 0, 5269, "x.example"),
                             .replaced = garbage});
    EXPECT_EQ(resolve(name)->why, failure::dns_failed) << i;
  }
  auto good = dns_packet{}.srv("@", 60, 0, 0, 0, "");
  server.script(srv_of("trailing.example"),
                dns_script{.answer = good, .appended = test::octets(200, 0xff)});
  EXPECT_EQ(resolve("trailing.example")->why, failure::dns_no_service);
}

TEST_F(ResolverTest, asks_the_next_server_when_one_fails) {
  dns_server failing;
  failing.script(srv_of("partner.example"), dns_packet{dns_packet::servfail});
  server.script(srv_of("partner.example"), dns_packet{}.srv("@", 60, 0, 0, 0, ""));
  options.servers = {failing.address(), server.address()};
  EXPECT_EQ(resolve("partner.example")->why, failure::dns_no_service);
  EXPECT_EQ(failing.asked(srv_of("partner.example")), 1);
}

TEST_F(ResolverTest, fails_when_nobody_listens_at_the_server) {
  options.timeout = 1s;
  {
    dns_server gone;
    options.servers = {gone.address()};
  }
  auto result = resolve("partner.example");
  EXPECT_EQ(result->why, failure::dns_failed);
  EXPECT_EQ(result->detail, "no DNS server could answer for SRV _xmpp-server._tcp.partner.example");
}

} // namespace
} // namespace fedhub::test
