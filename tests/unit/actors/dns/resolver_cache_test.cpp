// The resolver's cache, and questions that several askers share.
#include <atomic>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/resolver_scene.hpp"

namespace fedhub::test {
namespace {

using testing::ElementsAre;

using ResolverTest = resolver_scene;

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
  elapse(61s); // the negative answer has expired
  EXPECT_EQ(resolve("partner.example")->method, resolve_method::srv);
  EXPECT_EQ(server.asked(aaaa("a.example")), 2);
  EXPECT_EQ(server.asked(a("a.example")), 1);
  elapse(60s); // the address has expired too
  resolve("partner.example");
  EXPECT_EQ(server.asked(a("a.example")), 2);
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
  elapse(180s);
  resolve("partner.example");
  EXPECT_EQ(server.asked(srv_of("partner.example")), 2);
  EXPECT_EQ(resolved, 5);
}

TEST_F(ResolverTest, lets_answers_go_when_their_time_is_over_though_nobody_asks) {
  std::atomic<size_t> cached{0}, reports{0};
  options.on_cached = [&](size_t answers) { cached = answers, ++reports; };
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
  const auto before = reports.load();
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(reports, before) << "a resolver with nothing to do wakes up";
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
  EXPECT_EQ(server.asked(srv_of("partner.example")),
            2); // one repetition, since the failure may have been brief
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

TEST_F(ResolverTest, asks_once_for_all_who_want_the_same_domain) {
  server.script(
    srv_of("partner.example"),
    dns_script{.answer = dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"), .held = true});
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  auto first = ask("partner.example");
  auto second = ask("PARTNER.example.");
  auto third = ask("partner.example");
  auto later = ask("later.example");
  server.await(srv_of("later.example")); // so the resolver has all four questions
  server.release();
  auto received = receive(first);
  EXPECT_EQ(received->why, failure::none);
  EXPECT_EQ(receive(second), received);
  EXPECT_EQ(receive(third), received);
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

} // namespace
} // namespace fedhub::test
