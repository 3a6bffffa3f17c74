#include "actors/dns/resolver_lookup.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/lookup_scene.hpp"

namespace fedhub::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Lookup, asks_for_services_then_for_the_addresses_of_all_targets) {
  conversation lookup;
  EXPECT_THAT(lookup.asks(), ElementsAre("SRV _xmpp-server._tcp.partner.example"));
  lookup.now += 2ms;
  lookup.answers(srv, services({{20, 0, 5270, "b.example"}, {10, 0, 5269, "a.example"}}));
  EXPECT_THAT(lookup.asks(),
              ElementsAre("A a.example", "AAAA a.example", "A b.example", "AAAA b.example"));
  lookup.answers(a("a.example"), addresses({"192.9.2.1"}))
    .answers(aaaa("a.example"), addresses({"2001:db9::1"}));
  lookup.now += 3ms;
  lookup.answers(a("b.example"), addresses({"192.9.2.2"}));
  EXPECT_FALSE(lookup.machine.done());
  lookup.answers(aaaa("b.example"), no(kind::no_data));
  EXPECT_THAT(lookup.found(), ElementsAre("a.example [2001:db9::1]:5269",
                                          "a.example 192.9.2.1:5269", "b.example 192.9.2.2:5270"));
  EXPECT_EQ(lookup.outcome().method, resolve_method::srv);
  EXPECT_EQ(lookup.outcome().srv_time, 2ms);
  EXPECT_EQ(lookup.outcome().address_time, 3ms);
  EXPECT_EQ(lookup.outcome().total_time, 5ms);
}

constexpr lookup_rules no_ipv6{.services = service_kinds::starttls, .ipv6 = false};

TEST(Lookup, asks_for_ipv4_alone_where_there_is_no_ipv6) {
  conversation lookup{"partner.example", no_ipv6};
  lookup.asks();
  lookup.answers(srv, services({{20, 0, 5270, "b.example"}, {10, 0, 5269, "a.example"}}));
  EXPECT_THAT(lookup.asks(), ElementsAre("A a.example", "A b.example"));
  lookup.answers(a("a.example"), addresses({"192.9.2.1"}));
  EXPECT_THAT(lookup.asks(), IsEmpty());
  EXPECT_FALSE(lookup.machine.done());
  lookup.answers(a("b.example"), addresses({"192.9.2.2"}));
  EXPECT_THAT(lookup.found(), ElementsAre("a.example 192.9.2.1:5269", "b.example 192.9.2.2:5270"));
}

TEST(Lookup, asks_for_ipv6_without_having_it_where_ipv4_leads_nowhere) {
  const dns_answer table[] = {no(kind::no_data), no(kind::no_name), no(kind::failed),
                              addresses({"127.0.0.1"})};
  for (const auto& ipv4 : table) {
    conversation lookup{"partner.example", no_ipv6};
    lookup.asks();
    // Two ports of one host: one question for both.
    lookup.answers(srv, services({{10, 0, 5269, "a.example"}, {20, 0, 5270, "a.example"}}));
    EXPECT_THAT(lookup.asks(), ElementsAre("A a.example"));
    lookup.answers(a("a.example"), ipv4);
    EXPECT_THAT(lookup.asks(), ElementsAre("AAAA a.example"));
    EXPECT_FALSE(lookup.machine.done());
    lookup.answers(aaaa("a.example"), addresses({"2001:db9::1"}));
    EXPECT_THAT(lookup.asks(), IsEmpty());
    EXPECT_THAT(lookup.found(),
                ElementsAre("a.example [2001:db9::1]:5269", "a.example [2001:db9::1]:5270"));
  }
}

TEST(Lookup, fails_where_neither_family_has_an_address_and_there_is_no_ipv6) {
  conversation lookup{"partner.example", no_ipv6};
  lookup.asks();
  lookup.answers(srv, no(kind::no_name)).asks();
  lookup.answers(a("partner.example"), no(kind::no_name)).asks();
  lookup.answers(aaaa("partner.example"), no(kind::no_name));
  EXPECT_THAT(lookup.asks(), IsEmpty());
  EXPECT_EQ(lookup.why(), failure::dns_not_found);
}

TEST(Lookup, takes_the_addresses_of_the_domain_only_if_there_is_no_service_record) {
  for (auto what : {kind::no_name, kind::no_data}) {
    conversation lookup;
    lookup.asks();
    lookup.answers(srv, no(what));
    EXPECT_THAT(lookup.asks(), ElementsAre("A partner.example", "AAAA partner.example"));
    lookup.answers(a("partner.example"), addresses({"192.9.2.1"}))
      .answers(aaaa("partner.example"), no(kind::no_data));
    EXPECT_THAT(lookup.found(), ElementsAre("partner.example 192.9.2.1:5269"));
    EXPECT_EQ(lookup.outcome().method, resolve_method::address);
  }
}

TEST(Lookup, never_takes_the_addresses_of_the_domain_after_a_failure) {
  struct {
    kind what;
    failure why;
  } table[] = {{kind::failed, failure::dns_failed}, {kind::timed_out, failure::dns_timeout}};
  for (const auto& row : table) {
    conversation lookup;
    lookup.asks();
    lookup.answers(srv, no(row.what, "SERVFAIL for it"));
    EXPECT_THAT(lookup.asks(), IsEmpty());
    EXPECT_EQ(lookup.why(), row.why);
    EXPECT_EQ(lookup.outcome().detail, "SERVFAIL for it");
  }
}

TEST(Lookup, never_takes_the_addresses_of_the_domain_when_no_target_can_be_used) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "a.example"}}));
  EXPECT_THAT(lookup.asks(), ElementsAre("A a.example", "AAAA a.example"));
  lookup.answers(a("a.example"), no(kind::no_name)).answers(aaaa("a.example"), no(kind::no_name));
  EXPECT_THAT(lookup.asks(), IsEmpty());
  EXPECT_EQ(lookup.why(), failure::dns_not_found);
  EXPECT_THAT(lookup.outcome().detail, HasSubstr("no SRV target"));
}

TEST(Lookup, knows_that_a_dot_means_no_service) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services({{0, 0, 0, ""}}));
  EXPECT_THAT(lookup.asks(), IsEmpty());
  EXPECT_EQ(lookup.why(), failure::dns_no_service);
}

TEST(Lookup, skips_targets_that_are_no_host_or_have_no_port) {
  conversation lookup;
  lookup.asks();
  lookup.answers(
    srv,
    services(
      {{1, 0, 5269, ""}, {1, 0, 5269, "a\\046b"}, {1, 0, 0, "b.example"}, {2, 0, 1, "c.example"}}));
  EXPECT_THAT(lookup.asks(), ElementsAre("A c.example", "AAAA c.example"));
  conversation none;
  none.asks();
  none.answers(srv, services({{1, 0, 0, "b.example"}}));
  EXPECT_EQ(none.why(), failure::dns_not_found);
}

TEST(Lookup, skips_a_target_without_address) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "a.example"}, {2, 0, 5269, "b.example"}}));
  lookup.answers(a("a.example"), no(kind::no_name)).answers(aaaa("a.example"), no(kind::failed));
  lookup.answers(a("b.example"), addresses({"192.9.2.2"}))
    .answers(aaaa("b.example"), no(kind::no_data));
  EXPECT_THAT(lookup.found(), ElementsAre("b.example 192.9.2.2:5269"));
}

TEST(Lookup, waits_50_ms_for_ipv6_once_it_has_ipv4) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, no(kind::no_name));
  lookup.elapses(200ms).answers(a("partner.example"), addresses({"192.9.2.1"}));
  lookup.elapses(49ms);
  EXPECT_FALSE(lookup.machine.done());
  lookup.elapses(1ms);
  EXPECT_THAT(lookup.found(), ElementsAre("partner.example 192.9.2.1:5269"));
  EXPECT_EQ(lookup.outcome().total_time, 250ms);
}

TEST(Lookup, waits_a_second_for_ipv4_once_it_has_ipv6) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, no(kind::no_name))
    .answers(aaaa("partner.example"), addresses({"2001:db9::1"}));
  lookup.elapses(999ms);
  EXPECT_FALSE(lookup.machine.done());
  lookup.elapses(1ms);
  EXPECT_THAT(lookup.found(), ElementsAre("partner.example [2001:db9::1]:5269"));
}

TEST(Lookup, does_not_wait_for_a_dead_target_beside_a_good_one) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "dead.example"}, {2, 0, 5269, "b.example"}}));
  lookup.answers(a("b.example"), addresses({"192.9.2.2"}))
    .answers(aaaa("b.example"), no(kind::no_data));
  lookup.elapses(999ms);
  EXPECT_FALSE(lookup.machine.done());
  lookup.elapses(1ms);
  EXPECT_THAT(lookup.found(), ElementsAre("b.example 192.9.2.2:5269"));
}

TEST(Lookup, ends_at_its_time_out_whatever_is_missing) {
  conversation services_missing;
  services_missing.elapses(4999ms);
  EXPECT_FALSE(services_missing.machine.done());
  services_missing.elapses(1ms);
  EXPECT_EQ(services_missing.why(), failure::dns_timeout);
  EXPECT_EQ(services_missing.outcome().detail,
            "no answer for SRV _xmpp-server._tcp.partner.example in 5.0 s");

  conversation addresses_missing;
  addresses_missing.asks();
  addresses_missing.elapses(4000ms).answers(srv, services({{1, 0, 5269, "a.example"}}));
  addresses_missing.answers(aaaa("a.example"), no(kind::no_data)).elapses(999ms);
  EXPECT_FALSE(addresses_missing.machine.done());
  addresses_missing.elapses(1ms);
  EXPECT_EQ(addresses_missing.why(), failure::dns_timeout);
  EXPECT_EQ(addresses_missing.outcome().detail, "no answer for A a.example in 5.0 s");
}

TEST(Lookup, tells_failure_from_absence_of_addresses) {
  struct {
    kind ipv4, ipv6;
    failure why;
  } table[] = {
    {kind::no_data, kind::no_data, failure::dns_not_found},
    {kind::no_name, kind::no_name, failure::dns_not_found},
    {kind::failed, kind::no_data, failure::dns_failed},
    {kind::no_data, kind::timed_out, failure::dns_timeout},
    {kind::timed_out, kind::failed, failure::dns_failed},
    {kind::failed, kind::timed_out, failure::dns_failed},
  };
  for (const auto& row : table) {
    conversation lookup;
    lookup.asks();
    lookup.answers(srv, no(kind::no_name));
    lookup.answers(a("partner.example"), no(row.ipv4))
      .answers(aaaa("partner.example"), no(row.ipv6));
    EXPECT_EQ(lookup.why(), row.why);
  }
}

TEST(Lookup, refuses_private_addresses_and_names_one) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "a.example"}}));
  lookup.answers(a("a.example"), addresses({"10.0.0.1", "127.0.0.1"}))
    .answers(aaaa("a.example"), addresses({"::1"}));
  EXPECT_EQ(lookup.why(), failure::address_refused);
  EXPECT_EQ(lookup.outcome().detail, "address 10.0.0.1 for a.example is not public");
}

TEST(Lookup, keeps_the_public_ones_of_mixed_addresses) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, no(kind::no_name));
  lookup.answers(a("partner.example"), addresses({"10.0.0.1", "192.9.2.1"}));
  lookup.answers(aaaa("partner.example"), addresses({"::ffff:127.0.0.1"}));
  EXPECT_THAT(lookup.found(), ElementsAre("partner.example 192.9.2.1:5269"));
}

TEST(Lookup, takes_private_addresses_where_they_are_allowed) {
  conversation lookup{"partner.example",
                      {.allow_private_addresses = true, .services = service_kinds::starttls}};
  lookup.asks();
  lookup.answers(srv, no(kind::no_name));
  lookup.answers(a("partner.example"), addresses({"10.0.0.1"}))
    .answers(aaaa("partner.example"), no(kind::no_data));
  EXPECT_THAT(lookup.found(), ElementsAre("partner.example 10.0.0.1:5269"));
}

TEST(Lookup, needs_no_dns_for_an_address_but_checks_it) {
  conversation good{"192.9.2.7"};
  EXPECT_THAT(good.asks(), IsEmpty());
  EXPECT_THAT(good.found(), ElementsAre("192.9.2.7 192.9.2.7:5269"));
  EXPECT_EQ(good.outcome().method, resolve_method::literal);
  conversation v6{"[2001:db9::7]"};
  EXPECT_THAT(v6.found(), ElementsAre("[2001:db9::7] [2001:db9::7]:5269"));
  conversation bad{"127.0.0.1"};
  EXPECT_EQ(bad.why(), failure::address_refused);
  EXPECT_EQ(bad.outcome().detail, "address 127.0.0.1 is not public");
  conversation allowed{"[::1]",
                       {.allow_private_addresses = true, .services = service_kinds::starttls}};
  EXPECT_THAT(allowed.found(), ElementsAre("[::1] [::1]:5269"));
}

TEST(Lookup, uses_no_more_than_16_targets_of_16_addresses) {
  std::vector<srv_record> records;
  for (int i = 0; i < 40; ++i)
    records.push_back({static_cast<uint16_t>(i), 0, 5269, "h" + std::to_string(i) + ".example"});
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services(records));
  EXPECT_EQ(lookup.asks().size(), 2 * resolver_lookup::max_targets);
  dns_answer many;
  many.what = kind::records;
  for (int i = 0; i < 100; ++i)
    many.addresses.push_back(*socket_address::parse("192.9.2." + std::to_string(i), 0));
  for (size_t i = 0; i < resolver_lookup::max_targets; ++i) {
    auto host = "h" + std::to_string(i) + ".example";
    lookup.answers(a(host), many).answers(aaaa(host), no(kind::no_data));
  }
  EXPECT_EQ(lookup.found().size(),
            resolver_lookup::max_targets * resolver_lookup::max_addresses_per_target);
}

TEST(Lookup, asks_once_for_a_host_that_serves_two_ports) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "a.example"}, {2, 0, 443, "a.example"}}));
  EXPECT_THAT(lookup.asks(), ElementsAre("A a.example", "AAAA a.example"));
  lookup.answers(a("a.example"), addresses({"192.9.2.1"}))
    .answers(aaaa("a.example"), no(kind::no_data));
  EXPECT_THAT(lookup.found(), ElementsAre("a.example 192.9.2.1:5269", "a.example 192.9.2.1:443"));
}

TEST(Lookup, says_that_it_came_from_the_cache_if_no_server_was_asked) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, no(kind::no_name), true)
    .answers(a("partner.example"), addresses({"192.9.2.1"}), true);
  lookup.answers(aaaa("partner.example"), no(kind::no_data), true);
  EXPECT_EQ(lookup.outcome().method, resolve_method::cache);
  conversation partly;
  partly.asks();
  partly.answers(srv, no(kind::no_name), true)
    .answers(a("partner.example"), addresses({"192.9.2.1"}), false);
  partly.answers(aaaa("partner.example"), no(kind::no_data), true);
  EXPECT_EQ(partly.outcome().method, resolve_method::address);
}

TEST(Lookup, ignores_answers_it_did_not_ask_for_and_all_after_its_end) {
  conversation lookup;
  lookup.asks();
  lookup.answers(a("partner.example"), addresses({"192.9.2.66"}));
  EXPECT_FALSE(lookup.machine.done());
  lookup.answers(srv, no(kind::failed));
  lookup.answers(a("partner.example"), addresses({"192.9.2.66"})).elapses(10s);
  EXPECT_EQ(lookup.why(), failure::dns_failed);
  EXPECT_THAT(lookup.outcome().targets, IsEmpty());
}

TEST(Resolution, is_described_by_method_and_times) {
  resolution resolution;
  resolution.targets = {
    {"a.example",
     5269,
     0,
     0,
     {*socket_address::parse("192.9.2.1", 1), *socket_address::parse("::1", 1)}},
    {"b.example", 5269, 0, 0, {*socket_address::parse("192.9.2.2", 1)}}};
  resolution.srv_time = 1234us;
  resolution.address_time = 800us;
  resolution.total_time = 2100us;
  EXPECT_EQ(describe(resolution),
            "SRV 2 targets in 1.2 ms, A/AAAA 3 addresses in 0.8 ms, total 2.1 ms");
  resolution.targets.pop_back();
  resolution.method = resolve_method::address;
  EXPECT_EQ(describe(resolution),
            "no SRV record in 1.2 ms, A/AAAA 2 addresses in 0.8 ms, total 2.1 ms");
  resolution.method = resolve_method::cache;
  EXPECT_EQ(describe(resolution), "cache, 1 target, 2 addresses, total 2.1 ms");
  resolution.why = failure::dns_failed;
  resolution.detail = "SERVFAIL for A a.example";
  EXPECT_EQ(describe(resolution),
            "dns-failed (SERVFAIL for A a.example), SRV 1.2 ms, A/AAAA 0.8 ms, total 2.1 ms");
}

} // namespace
} // namespace fedhub::test
