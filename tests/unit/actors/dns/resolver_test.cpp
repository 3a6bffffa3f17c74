#include "actors/dns/resolver.hpp"

#include <thread>

#include <caf/send.hpp>
#include <gmock/gmock.h>

#include "actors/dns/dns_sockets.hpp"
#include "tests/unit/actors/dns/resolver_scene.hpp"

namespace fedhub::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using ResolverTest = resolver_scene;

TEST_F(ResolverTest, finds_the_targets_of_a_domain_in_order) {
  server.script(
    srv_of("partner.example"),
    dns_packet{}.srv("@", 60, 20, 0, 5270, "b.example").srv("@", 60, 10, 0, 5269, "a.example"));
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  server.script(aaaa("a.example"), dns_packet{}.aaaa("@", 60, "2001:db9::1"));
  server.script(a("b.example"), dns_packet{}.a("@", 60, "192.9.2.2"));
  auto x = resolve("partner.example");
  EXPECT_EQ(x->why, failure::none) << x->detail;
  EXPECT_EQ(x->method, resolve_method::srv);
  EXPECT_THAT(found(x), ElementsAre("a.example [2001:db9::1]:5269", "a.example 192.9.2.1:5269",
                                    "b.example 192.9.2.2:5270"));
  EXPECT_GT(x->srv_time, 0us);
  EXPECT_GE(x->total_time, x->srv_time + x->address_time);
  EXPECT_EQ(resolved, 1);
}

TEST_F(ResolverTest, looks_anew_from_time_to_time_whether_there_is_ipv6) {
  ipv6 = false;
  for (const std::string host : {"a.example", "b.example", "c.example"}) {
    server.script(a(host), dns_packet{}.a("@", 60, "192.9.2.1"));
    server.script(aaaa(host), dns_packet{}.aaaa("@", 60, "2001:db9::1"));
  }
  EXPECT_THAT(found(resolve("a.example")), ElementsAre("a.example 192.9.2.1:5269"));
  ipv6 = true;
  EXPECT_THAT(found(resolve("b.example")), ElementsAre("b.example 192.9.2.1:5269"));
  elapse(10s);
  EXPECT_THAT(found(resolve("c.example")),
              ElementsAre("c.example [2001:db9::1]:5269", "c.example 192.9.2.1:5269"));
  EXPECT_EQ(server.asked(aaaa("a.example")) + server.asked(aaaa("b.example")), 0);
}

TEST_F(ResolverTest, merges_direct_tls_targets_and_keeps_both_kinds_in_the_cache) {
  server.script(srv_of("partner.example"), dns_packet{}.srv("@", 60, 20, 0, 5269, "a.example"));
  server.script(direct_srv_of("partner.example"),
                dns_packet{}.srv("@", 60, 10, 0, 5270, "a.example"));
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  for (auto method : {resolve_method::srv, resolve_method::cache}) {
    auto x = resolve("partner.example", service_kinds::any);
    EXPECT_EQ(x->method, method);
    EXPECT_THAT(found(x), ElementsAre("a.example 192.9.2.1:5270", "a.example 192.9.2.1:5269"));
    EXPECT_TRUE(x->targets.at(0).direct_tls);
    EXPECT_FALSE(x->targets.at(1).direct_tls);
  }
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
  EXPECT_EQ(server.asked(direct_srv_of("partner.example")), 1);
}

TEST_F(ResolverTest, leaves_direct_tls_out_where_starttls_alone_is_asked_for) {
  server.script(
    srv_of("partner.example"),
    dns_script{.answer = dns_packet{}.srv("@", 60, 20, 0, 5269, "a.example"), .held = true});
  server.script(direct_srv_of("partner.example"),
                dns_packet{}.srv("@", 60, 10, 0, 5270, "a.example"));
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  auto starttls = ask("partner.example", service_kinds::starttls);
  server.await(srv_of("partner.example"));
  EXPECT_EQ(server.asked(direct_srv_of("partner.example")), 0);
  auto any = ask("partner.example", service_kinds::any); // must not join the other
  server.await(direct_srv_of("partner.example"));
  server.release();
  EXPECT_THAT(found(receive(starttls)), ElementsAre("a.example 192.9.2.1:5269"));
  EXPECT_THAT(found(receive(any)),
              ElementsAre("a.example 192.9.2.1:5270", "a.example 192.9.2.1:5269"));
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
}

TEST_F(ResolverTest, believes_that_a_dot_means_no_service) {
  server.script(srv_of("partner.example"), dns_packet{}.srv("@", 60, 0, 0, 0, ""));
  EXPECT_EQ(resolve("partner.example")->why, failure::dns_no_service);
  EXPECT_EQ(server.asked(a("partner.example")), 0);
}

TEST_F(ResolverTest, takes_the_addresses_of_the_domain_if_it_has_no_service_record) {
  server.script(a("partner.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  auto x = resolve("partner.example");
  EXPECT_THAT(found(x), ElementsAre("partner.example 192.9.2.1:5269"));
  EXPECT_EQ(x->method, resolve_method::address);
}

TEST_F(ResolverTest, does_not_take_the_addresses_of_the_domain_when_srv_fails) {
  server.script(srv_of("servfail.example"), dns_packet{dns_packet::servfail});
  server.script(srv_of("refused.example"), dns_packet{dns_packet::refused});
  server.script(srv_of("malformed.example"), dns_packet{}.record("@", 33, 60, {1, 2, 3}));
  struct {
    std::string domain, detail;
  } table[] = {
    {"servfail.example", "SERVFAIL for SRV _xmpp-server._tcp.servfail.example"},
    {"refused.example", "REFUSED for SRV _xmpp-server._tcp.refused.example"},
    {"malformed.example", "malformed answer for SRV _xmpp-server._tcp.malformed.example"}};
  for (const auto& row : table) {
    server.script(a(row.domain), dns_packet{}.a("@", 60, "192.9.2.66"));
    auto x = resolve(row.domain);
    EXPECT_EQ(x->why, failure::dns_failed);
    EXPECT_EQ(x->detail, row.detail);
    EXPECT_EQ(server.asked(a(row.domain)), 0);
  }
}

TEST_F(ResolverTest, times_out_when_no_answer_comes) {
  options.timeout = 300ms;
  server.script(srv_of("dead.example"), dns_script{.ignored = dns_server::for_ever});
  auto x = resolve("dead.example");
  EXPECT_EQ(x->why, failure::dns_timeout);
  EXPECT_LT(x->total_time, 3s);
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
  for (int i = 0; i < 60; ++i) // well over what UDP may carry
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
  // Keeps the library's sockets open.
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

TEST_F(ResolverTest, follows_aliases) {
  server.script(srv_of("partner.example"),
                dns_packet{}
                  .cname("@", 60, "_x.hoster.example")
                  .srv("_x.hoster.example", 60, 1, 0, 5269, "a.example"));
  server.script(a("a.example"),
                dns_packet{}.cname("@", 60, "b.example").a("b.example", 60, "192.9.2.1"));
  EXPECT_THAT(found(resolve("partner.example")), ElementsAre("a.example 192.9.2.1:5269"));
}

TEST_F(ResolverTest, answers_from_the_cache_until_the_least_ttl_has_passed) {
  server.script(srv_of("partner.example"), dns_packet{}.srv("@", 300, 1, 0, 5269, "a.example"));
  server.script(a("a.example"), dns_packet{}.a("@", 120, "192.9.2.1"));
  server.script(aaaa("a.example"),
                dns_packet{}.soa("example", 3600, 3600)); // held for negative_ttl
  EXPECT_EQ(resolve("partner.example")->method, resolve_method::srv);
  auto cached = resolve("partner.example");
  EXPECT_EQ(cached->method, resolve_method::cache);
  EXPECT_THAT(found(cached), ElementsAre("a.example 192.9.2.1:5269"));
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
  elapse(61s); // the negative answer is over
  EXPECT_EQ(resolve("partner.example")->method, resolve_method::srv);
  EXPECT_EQ(server.asked(aaaa("a.example")), 2);
  EXPECT_EQ(server.asked(a("a.example")), 1);
  elapse(60s); // the address too
  resolve("partner.example");
  EXPECT_EQ(server.asked(a("a.example")), 2);
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
  elapse(180s);
  resolve("partner.example");
  EXPECT_EQ(server.asked(srv_of("partner.example")), 2);
  EXPECT_EQ(resolved, 5);
}

TEST_F(ResolverTest, lets_answers_go_when_their_time_is_over_though_nobody_asks) {
  std::atomic<size_t> cached{0}, told{0};
  options.on_cached = [&](size_t answers) { cached = answers, ++told; };
  for (const char* name : {"a.example", "b.example", "c.example"})
    server.script(a(name), dns_packet{}.a("@", name[0] == 'c' ? 300 : 1, "192.9.2.1"));
  ipv6 = false;
  for (const char* name : {"a.example", "b.example", "c.example"})
    server.script(srv_of(name), dns_packet{dns_packet::nxdomain}.soa("example", 1, 1));
  for (const char* name : {"a.example", "b.example", "c.example"})
    resolve(name);
  EXPECT_EQ(cached, 6u);
  for (int i = 0; i < 500 && cached > 1; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(cached, 1u);
  const auto before = told.load();
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(told, before) << "a resolver with nothing to do wakes up";
}

TEST_F(ResolverTest, remembers_that_a_domain_does_not_exist) {
  auto nothing = dns_packet{dns_packet::nxdomain}.soa("example", 30, 30);
  for (const auto& question : {srv_of("none.example"), a("none.example"), aaaa("none.example")})
    server.script(question, nothing);
  EXPECT_EQ(resolve("none.example")->why, failure::dns_not_found);
  EXPECT_EQ(resolve("none.example")->why, failure::dns_not_found);
  EXPECT_EQ(server.asked(srv_of("none.example")), 1);
  EXPECT_EQ(server.asked(a("none.example")), 1);
  elapse(31s);
  resolve("none.example");
  EXPECT_EQ(server.asked(srv_of("none.example")), 2);
}

TEST_F(ResolverTest, does_not_ask_a_failing_server_for_each_stanza) {
  server.script(srv_of("partner.example"), dns_packet{dns_packet::servfail});
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(resolve("partner.example")->why, failure::dns_failed);
  EXPECT_EQ(server.asked(srv_of("partner.example")), 2); // once more, as it may have been a moment
  elapse(5s);
  server.script(srv_of("partner.example"), dns_packet{}.srv("@", 60, 0, 0, 0, ""));
  EXPECT_EQ(resolve("partner.example")->why, failure::dns_no_service);
}

TEST_F(ResolverTest, draws_anew_from_a_cached_answer) {
  std::atomic<bool> last{false};
  options.draw = [&](uint32_t max) { return last ? max : 0; };
  server.script(
    srv_of("partner.example"),
    dns_packet{}.srv("@", 60, 1, 50, 5269, "a.example").srv("@", 60, 1, 50, 5269, "b.example"));
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  server.script(a("b.example"), dns_packet{}.a("@", 60, "192.9.2.2"));
  EXPECT_EQ(resolve("partner.example")->targets.at(0).host, "a.example");
  last = true;
  auto again = resolve("partner.example");
  EXPECT_EQ(again->method, resolve_method::cache);
  EXPECT_EQ(again->targets.at(0).host, "b.example");
}

TEST_F(ResolverTest, refuses_private_addresses_unless_they_are_allowed) {
  server.script(a("partner.example"), dns_packet{}.a("@", 60, "127.0.0.1"));
  auto x = resolve("partner.example");
  EXPECT_EQ(x->why, failure::address_refused);
  EXPECT_THAT(x->detail, HasSubstr("127.0.0.1"));
  stop();
  options.allow_private_addresses = true;
  EXPECT_THAT(found(resolve("partner.example")), ElementsAre("partner.example 127.0.0.1:5269"));
}

TEST_F(ResolverTest, asks_once_for_all_who_want_the_same_domain) {
  server.script(
    srv_of("partner.example"),
    dns_script{.answer = dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"), .held = true});
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  auto first = ask("partner.example");
  auto second = ask("PARTNER.example.");
  auto third = ask("partner.example");
  auto later = ask("later.example");
  server.await(srv_of("later.example")); // the resolver has taken all four
  server.release();
  auto x = receive(first);
  EXPECT_EQ(x->why, failure::none);
  EXPECT_EQ(receive(second), x);
  EXPECT_EQ(receive(third), x);
  receive(later);
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
}

TEST_F(ResolverTest, asks_once_for_a_host_that_two_domains_share) {
  for (std::string name : {"one.example", "two.example"})
    server.script(srv_of(name), dns_packet{}.srv("@", 60, 1, 0, 5269, "shared.example"));
  server.script(a("shared.example"),
                dns_script{.answer = dns_packet{}.a("@", 60, "192.9.2.1"), .held = true});
  auto one = ask("one.example");
  auto two = ask("two.example");
  server.await(srv_of("two.example"));
  server.await(a("shared.example"));
  server.release();
  EXPECT_THAT(found(receive(one)), ElementsAre("shared.example 192.9.2.1:5269"));
  EXPECT_THAT(found(receive(two)), ElementsAre("shared.example 192.9.2.1:5269"));
  EXPECT_EQ(server.asked(a("shared.example")), 1);
}

TEST_F(ResolverTest, an_unanswered_domain_delays_no_other) {
  server.script(srv_of("dead.example"),
                dns_script{.answer = dns_packet{}.srv("@", 60, 0, 0, 0, ""), .held = true});
  auto dead = ask("dead.example");
  server.await(srv_of("dead.example"));
  for (int i = 0; i < 100; ++i) {
    auto name = "live" + std::to_string(i) + ".example";
    server.script(a(name), dns_packet{}.a("@", 60, "192.9.2.1"));
    EXPECT_EQ(resolve(name)->why, failure::none);
  }
  EXPECT_EQ(resolved, 100); // the dead one is still waiting
  server.release();
  EXPECT_EQ(receive(dead)->why, failure::dns_no_service);
}

TEST_F(ResolverTest, resolves_thousands_of_domains_at_once) {
  options.timeout = 20s;
  constexpr int count = 5000; // more than the channel takes at a time
  std::vector<decltype(ask(""))> requests;
  for (int i = 0; i < count; ++i) {
    auto name = "d" + std::to_string(i) + ".example";
    server.script(srv_of(name), dns_packet{}.srv("@", 60, 0, 0, 0, ""));
    requests.push_back(ask(name));
  }
  int good = 0;
  for (auto& x : requests)
    good += receive(x)->why == failure::dns_no_service ? 1 : 0;
  EXPECT_EQ(good, count);
}

TEST_F(ResolverTest, changes_its_source_port_while_questions_are_open) {
  options.timeout = 20s;
  server.script(srv_of("dead.example"),
                dns_script{.answer = dns_packet{}.srv("@", 60, 0, 0, 0, ""), .held = true});
  auto dead = ask("dead.example"); // from here on a question is open all the time
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
  auto x = resolve("partner.example");
  EXPECT_EQ(x->why, failure::dns_failed);
  EXPECT_EQ(x->detail, "no DNS server could answer for SRV _xmpp-server._tcp.partner.example");
}

TEST_F(ResolverTest, finds_the_addresses_of_given_targets_without_srv) {
  server.script(a("node.example"), dns_packet{}.a("@", 60, "10.0.0.5"));
  auto targets = std::make_shared<const std::vector<given_target>>(std::vector<given_target>{
    {"node.example", 7000, 2, 0}, {"192.9.2.7", 7001, 1, 0}, {"localhost", 7002, 3, 0}});
  auto x = receive(self->request(resolver(), 30s, resolve_atom_v, domain("partner.example"),
                                 targets, dns_asker{}));
  EXPECT_EQ(x->method, resolve_method::static_route);
  ASSERT_EQ(x->targets.size(), 3u) << x->detail;
  EXPECT_EQ(x->targets[0].addresses.at(0).str(), "192.9.2.7:7001");
  EXPECT_EQ(x->targets[1].addresses.at(0).str(), "10.0.0.5:7000");
  EXPECT_TRUE(x->targets[2].addresses.at(0).is_private());
  EXPECT_EQ(server.asked(srv_of("partner.example")), 0);
  EXPECT_EQ(server.asked(a("localhost")), 0);
}

TEST_F(ResolverTest, tells_the_failure_of_given_targets) {
  auto targets =
    std::make_shared<const std::vector<given_target>>(std::vector<given_target>{{"none.example"}});
  auto x = receive(self->request(resolver(), 30s, resolve_atom_v, domain("partner.example"),
                                 targets, dns_asker{}));
  EXPECT_EQ(x->why, failure::dns_not_found);
}

TEST_F(ResolverTest, tells_those_who_wait_that_the_hub_is_stopping) {
  server.script(srv_of("held.example"), dns_script{.held = true});
  auto request = ask("held.example");
  server.await(srv_of("held.example"));
  stop();
  EXPECT_EQ(receive(request)->why, failure::shutting_down);
}

} // namespace
} // namespace fedhub::test
