#include "actors/dns/resolver.hpp"

#include <caf/send.hpp>
#include <gmock/gmock.h>

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
  auto result = resolve("partner.example");
  EXPECT_EQ(result->why, failure::none) << result->detail;
  EXPECT_EQ(result->method, resolve_method::srv);
  EXPECT_THAT(found(result), ElementsAre("a.example [2001:db9::1]:5269", "a.example 192.9.2.1:5269",
                                         "b.example 192.9.2.2:5270"));
  EXPECT_GT(result->srv_time, 0us);
  EXPECT_GE(result->total_time, result->srv_time + result->address_time);
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
    auto result = resolve("partner.example", service_kinds::any);
    EXPECT_EQ(result->method, method);
    EXPECT_THAT(found(result), ElementsAre("a.example 192.9.2.1:5270", "a.example 192.9.2.1:5269"));
    EXPECT_TRUE(result->targets.at(0).direct_tls);
    EXPECT_FALSE(result->targets.at(1).direct_tls);
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
  auto any = ask("partner.example", service_kinds::any); // must not share the other search
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
  auto result = resolve("partner.example");
  EXPECT_THAT(found(result), ElementsAre("partner.example 192.9.2.1:5269"));
  EXPECT_EQ(result->method, resolve_method::address);
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
    auto result = resolve(row.domain);
    EXPECT_EQ(result->why, failure::dns_failed);
    EXPECT_EQ(result->detail, row.detail);
    EXPECT_EQ(server.asked(a(row.domain)), 0);
  }
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

TEST_F(ResolverTest, refuses_private_addresses_unless_they_are_allowed) {
  server.script(a("partner.example"), dns_packet{}.a("@", 60, "127.0.0.1"));
  auto result = resolve("partner.example");
  EXPECT_EQ(result->why, failure::address_refused);
  EXPECT_THAT(result->detail, HasSubstr("127.0.0.1"));
  stop();
  options.allow_private_addresses = true;
  EXPECT_THAT(found(resolve("partner.example")), ElementsAre("partner.example 127.0.0.1:5269"));
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
  EXPECT_EQ(resolved, 100); // the unanswered domain is still pending
  server.release();
  EXPECT_EQ(receive(dead)->why, failure::dns_no_service);
}

TEST_F(ResolverTest, resolves_thousands_of_domains_at_once) {
  options.timeout = 20s;
  constexpr int count = 5000; // more than the channel takes at once
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

TEST_F(ResolverTest, finds_the_addresses_of_given_targets_without_srv) {
  server.script(a("node.example"), dns_packet{}.a("@", 60, "10.0.0.5"));
  auto targets = std::make_shared<const std::vector<given_target>>(std::vector<given_target>{
    {"node.example", 7000, 2, 0}, {"192.9.2.7", 7001, 1, 0}, {"localhost", 7002, 3, 0}});
  auto received = receive(self->request(resolver(), 30s, resolve_atom_v, domain("partner.example"),
                                        targets, dns_asker{}));
  EXPECT_EQ(received->method, resolve_method::static_route);
  ASSERT_EQ(received->targets.size(), 3u) << received->detail;
  EXPECT_EQ(received->targets[0].addresses.at(0).str(), "192.9.2.7:7001");
  EXPECT_EQ(received->targets[1].addresses.at(0).str(), "10.0.0.5:7000");
  EXPECT_TRUE(received->targets[2].addresses.at(0).is_private());
  EXPECT_EQ(server.asked(srv_of("partner.example")), 0);
  EXPECT_EQ(server.asked(a("localhost")), 0);
}

TEST_F(ResolverTest, tells_the_failure_of_given_targets) {
  auto targets =
    std::make_shared<const std::vector<given_target>>(std::vector<given_target>{{"none.example"}});
  auto received = receive(self->request(resolver(), 30s, resolve_atom_v, domain("partner.example"),
                                        targets, dns_asker{}));
  EXPECT_EQ(received->why, failure::dns_not_found);
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
