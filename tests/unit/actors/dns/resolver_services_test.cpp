// Both kinds of service (STARTTLS and direct TLS), and whether DNSSEC secures the way to a target.
#include "actors/dns/resolver_lookup.hpp"

#include <map>
#include <optional>

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/lookup_scene.hpp"

namespace fedhub::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const srv_record no_target{0, 0, 0, ""};
const srv_record junk{0, 0, 0, "a.example"}; ///< unusable: it has no port.

TEST(Services, of_both_kinds_are_asked_for_at_once_and_ordered_as_one_set) {
  for (bool direct_first : {false, true}) {
    conversation lookup{"partner.example", {}};
    EXPECT_THAT(lookup.asks(), ElementsAre("SRV _xmpp-server._tcp.partner.example",
                                           "SRV _xmpps-server._tcp.partner.example"));
    auto plain = services({{20, 0, 5269, "b.example"}, {10, 0, 5269, "a.example"}});
    auto direct = services({{15, 0, 5270, "a.example"}, {5, 0, 443, "c.example"}});
    lookup.now += 2ms;
    lookup.answers(direct_first ? direct_srv : srv, direct_first ? direct : plain);
    EXPECT_THAT(lookup.asks(), IsEmpty());
    lookup.now += 3ms;
    lookup.answers(direct_first ? srv : direct_srv, direct_first ? plain : direct);
    finds_addresses(lookup);
    EXPECT_THAT(kinds(lookup), ElementsAre("direct 5 c.example:443", "10 a.example:5269",
                                           "direct 15 a.example:5270", "20 b.example:5269"));
    EXPECT_EQ(lookup.outcome().srv_time, 5ms);
    EXPECT_EQ(lookup.outcome().method, resolve_method::srv);
  }
}

TEST(Services, of_one_priority_are_drawn_by_weight_whatever_their_kind) {
  std::map<std::string, int> first;
  for (uint32_t drawn = 1; drawn <= 100; ++drawn) {
    resolver_lookup machine{*domain_name::parse("partner.example"),
                            {},
                            [&](uint32_t max) { return std::min(max, drawn); },
                            {}};
    machine.on_answer(srv, services({{1, 25, 5269, "a.example"}}), false, {});
    machine.on_answer(direct_srv, services({{1, 75, 5270, "b.example"}}), false, {});
    for (const auto& question : machine.take_questions())
      machine.on_answer(question, addresses({"192.9.2.1"}), false, {});
    ASSERT_TRUE(machine.done());
    ++first[machine.outcome().targets.at(0).host];
  }
  EXPECT_EQ(first["a.example"], 25);
  EXPECT_EQ(first["b.example"], 75);
}

TEST(Services, are_found_for_every_combination_of_both_answers) {
  const auto found = services({{1, 0, 5000, "a.example"}});
  const auto declined = services({no_target});
  const auto useless = services({junk});
  const auto none = no(kind::no_name), no_data = no(kind::no_data);
  const auto failed = no(kind::failed, "SERVFAIL for it"), silent = no(kind::timed_out, "silence");
  const std::vector<std::string> plain{"1 a.example:5000"}, direct{"direct 1 a.example:5000"},
    own{"0 partner.example:5269"};
  struct {
    const char* what;
    dns_answer plain, direct;
    std::vector<std::string> targets; ///< or
    failure why = failure::none;
  } table[] = {
    {"plain only", found, none, plain},
    {"plain, direct not offered", found, declined, plain},
    {"plain, direct useless", found, useless, plain},
    {"plain, direct fails", found, failed, plain},
    {"plain, direct times out", found, silent, plain},
    {"direct only", none, found, direct},
    {"direct only, the name being there", no_data, found, direct},
    {"direct, plain not offered", declined, found, direct},
    {"direct, plain useless", useless, found, direct},
    {"direct, plain fails", failed, found, direct},
    {"direct, plain times out", silent, found, direct},
    {"neither", none, none, own},
    {"neither, the names being there", no_data, no_data, own},
    {"no plain, direct not offered", none, declined, own},
    {"no plain, direct useless", none, useless, own},
    {"no plain, direct fails", none, failed, own},
    {"no plain, direct times out", none, silent, own},
    {"both not offered", declined, declined, {}, failure::dns_no_service},
    {"plain not offered, no direct", declined, none, {}, failure::dns_no_service},
    {"plain not offered, direct fails", declined, failed, {}, failure::dns_failed},
    {"plain not offered, direct useless", declined, useless, {}, failure::dns_not_found},
    {"plain useless, no direct", useless, none, {}, failure::dns_not_found},
    {"plain fails, no direct", failed, none, {}, failure::dns_failed},
    {"plain fails, direct not offered", failed, declined, {}, failure::dns_failed},
    {"plain times out, no direct", silent, none, {}, failure::dns_timeout},
    {"plain times out, direct fails", silent, failed, {}, failure::dns_timeout},
  };
  for (const auto& row : table) {
    for (bool direct_first : {false, true}) {
      SCOPED_TRACE(row.what);
      conversation lookup{"partner.example", {}};
      lookup.asks();
      lookup.answers(direct_first ? direct_srv : srv, direct_first ? row.direct : row.plain);
      EXPECT_FALSE(lookup.machine.done());
      lookup.answers(direct_first ? srv : direct_srv, direct_first ? row.plain : row.direct);
      finds_addresses(lookup);
      EXPECT_EQ(lookup.why(), row.why);
      EXPECT_EQ(kinds(lookup), row.targets);
    }
  }
}

/// A domain may have only direct TLS, so a failure to look it up must not count as its absence.
TEST(Services, by_direct_tls_are_not_taken_as_absent_after_a_failure) {
  struct {
    const char* what;
    std::optional<dns_answer> direct;
    failure why;
  } table[] = {
    {"none", no(kind::no_name), failure::dns_not_found},
    {"no data", no(kind::no_data), failure::dns_not_found},
    {"not offered", services({no_target}), failure::dns_not_found},
    {"fails", no(kind::failed, "SERVFAIL for it"), failure::dns_failed},
    {"times out", no(kind::timed_out, "silence"), failure::dns_timeout},
    {"no answer", std::nullopt, failure::dns_timeout},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.what);
    conversation lookup{"partner.example", {}};
    lookup.asks();
    lookup.answers(srv, no(kind::no_name));
    if (row.direct)
      lookup.answers(direct_srv, *row.direct);
    else
      lookup.elapses(2500ms);
    for (const auto& question : lookup.machine.take_questions())
      lookup.answers(question, no(kind::no_name));
    EXPECT_EQ(lookup.why(), row.why);
  }
}

TEST(Services, wait_a_second_for_the_other_kind_once_one_is_there) {
  for (bool direct_first : {false, true}) {
    conversation lookup{"partner.example", {}};
    lookup.asks();
    lookup.elapses(500ms).answers(direct_first ? direct_srv : srv,
                                  services({{1, 0, 5000, "a.example"}}));
    lookup.elapses(999ms);
    EXPECT_THAT(lookup.asks(), IsEmpty());
    lookup.elapses(1ms);
    EXPECT_EQ(lookup.outcome_so_far().srv_time, 1500ms);
    finds_addresses(lookup);
    EXPECT_THAT(kinds(lookup),
                ElementsAre(direct_first ? "direct 1 a.example:5000" : "1 a.example:5000"));
  }
}

TEST(Services, leave_half_of_the_time_for_the_addresses) {
  conversation none{"partner.example", {}};
  none.asks();
  none.answers(srv, no(kind::no_name)).elapses(2499ms);
  EXPECT_THAT(none.asks(), IsEmpty());
  none.elapses(1ms);
  EXPECT_THAT(none.asks(), ElementsAre("A partner.example", "AAAA partner.example"));

  conversation late{"partner.example", {}};
  late.asks();
  late.elapses(2400ms).answers(direct_srv, services({{1, 0, 5270, "a.example"}}));
  EXPECT_THAT(late.asks(), IsEmpty());
  late.elapses(100ms);
  EXPECT_THAT(late.asks(), ElementsAre("A a.example", "AAAA a.example"));
}

TEST(Services, by_starttls_are_awaited_to_the_end_where_nothing_else_is_offered) {
  for (const auto& direct : {no(kind::no_name), services({no_target}), no(kind::failed)}) {
    conversation lookup{"partner.example", {}};
    lookup.asks();
    lookup.answers(direct_srv, direct).elapses(4999ms);
    EXPECT_FALSE(lookup.machine.done());
    lookup.elapses(1ms);
    EXPECT_EQ(lookup.why(), failure::dns_timeout);
    EXPECT_EQ(lookup.outcome().detail,
              "no answer for SRV _xmpp-server._tcp.partner.example in 5.0 s");
  }
}

TEST(Services, that_come_late_or_twice_change_nothing) {
  conversation lookup{"partner.example", {}};
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "a.example"}}))
    .answers(srv, services({{1, 0, 5269, "evil.example"}}))
    .elapses(1s)
    .answers(direct_srv, services({{0, 0, 5270, "late.example"}}));
  EXPECT_THAT(lookup.asks(), ElementsAre("A a.example", "AAAA a.example"));
}

TEST(Services, of_both_kinds_share_the_limit_of_targets) {
  std::vector<srv_record> plain, direct;
  for (uint16_t i = 0; i < 40; ++i) {
    plain.push_back({static_cast<uint16_t>(2 * i), 0, 5269, "h" + std::to_string(i) + ".example"});
    direct.push_back(
      {static_cast<uint16_t>(2 * i + 1), 0, 5270, "h" + std::to_string(i) + ".example"});
  }
  conversation lookup{"partner.example", {}};
  lookup.asks();
  lookup.answers(srv, services(plain)).answers(direct_srv, services(direct));
  finds_addresses(lookup);
  ASSERT_EQ(kinds(lookup).size(), resolver_lookup::max_targets);
  EXPECT_EQ(kinds(lookup).back(), "direct 15 h7.example:5270");
}

dns_answer secure(dns_answer answer, std::string canonical = {}) {
  answer.secure = true;
  answer.canonical_name = std::move(canonical);
  return answer;
}

TEST(Dnssec, holds_for_a_target_whose_services_and_addresses_are_secure) {
  const auto service = services({{1, 0, 5269, "a.example"}});
  const auto ipv4 = addresses({"192.9.2.1"}), ipv6 = addresses({"2001:db9::1"});
  struct {
    dns_answer service, ipv4, ipv6;
    dnssec_basis expected;
  } table[] = {
    {service, ipv4, ipv6, {false, false, ""}},
    {secure(service), ipv4, ipv6, {true, false, ""}},
    {service, secure(ipv4), secure(ipv6), {false, true, ""}},
    {secure(service), secure(ipv4), secure(ipv6), {true, true, ""}},
    {secure(service), secure(ipv4), ipv6, {true, true, ""}},
    {secure(service), ipv4, secure(ipv6, "b.example"), {true, true, "b.example"}},
    {secure(service), ipv4, secure(no(kind::no_data)), {true, false, ""}},
  };
  for (const auto& row : table) {
    conversation lookup;
    lookup.asks();
    lookup.answers(srv, row.service)
      .answers(a("a.example"), row.ipv4)
      .answers(aaaa("a.example"), row.ipv6);
    const auto& found = lookup.outcome().targets.at(0).dnssec;
    EXPECT_EQ(found.service, row.expected.service);
    EXPECT_EQ(found.addresses, row.expected.addresses);
    EXPECT_EQ(found.canonical, row.expected.canonical);
    EXPECT_EQ(found.allows_dane(), row.expected.service && row.expected.addresses);
  }
}

TEST(Dnssec, is_told_for_each_kind_of_service_by_itself) {
  conversation lookup{"partner.example", {}};
  lookup.asks();
  lookup.answers(srv, services({{1, 0, 5269, "a.example"}}))
    .answers(direct_srv, secure(services({{2, 0, 5270, "a.example"}})));
  finds_addresses(lookup);
  EXPECT_FALSE(lookup.outcome().targets.at(0).dnssec.service);
  EXPECT_TRUE(lookup.outcome().targets.at(1).dnssec.service);
}

TEST(Dnssec, need_not_lead_from_a_domain_to_its_own_addresses) {
  conversation lookup;
  lookup.asks();
  lookup.answers(srv, no(kind::no_name))
    .answers(a("partner.example"), secure(addresses({"192.9.2.1"})))
    .answers(aaaa("partner.example"), no(kind::no_data));
  EXPECT_TRUE(lookup.outcome().targets.at(0).dnssec.allows_dane());
}

TEST(Dnssec, is_not_required_for_targets_that_the_operator_configured) {
  for (bool validating : {false, true}) {
    conversation lookup{{{"node.example", 5269, 1, 0}, {"192.9.2.7", 5269, 2, 0}},
                        {.validating = validating}};
    lookup.asks();
    lookup.answers({"node.example", dns_type::host}, addresses({"192.9.2.1"}));
    EXPECT_EQ(lookup.outcome().targets.at(0).dnssec.allows_dane(), validating);
    EXPECT_FALSE(lookup.outcome().targets.at(1).dnssec.allows_dane());
  }
}

} // namespace
} // namespace fedhub::test
