#include "actors/resolver_lookup.hpp"

#include <map>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using kind = dns_answer::kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const dns_question srv{"_xmpp-server._tcp.partner.example", dns_type::srv};
const dns_question direct_srv{"_xmpps-server._tcp.partner.example", dns_type::srv};

/// Most tests are about one kind of service; see the `Services` for both.
const lookup_rules starttls_only{.services = service_kinds::starttls};

dns_question a(std::string name) { return {std::move(name), dns_type::a}; }
dns_question aaaa(std::string name) { return {std::move(name), dns_type::aaaa}; }

dns_answer services(std::vector<srv_record> records) {
  dns_answer result;
  result.what = kind::records;
  result.services = std::move(records);
  return result;
}

dns_answer addresses(std::initializer_list<const char*> ips) {
  dns_answer result;
  result.what = kind::records;
  for (auto ip : ips)
    result.addresses.push_back(*socket_address::parse(ip, 0));
  return result;
}

dns_answer no(kind what, std::string detail = "") {
  dns_answer result;
  result.what = what;
  result.detail = std::move(detail);
  return result;
}

/// Always the least number: RFC 2782's first, and the order given among zeros.
uint32_t least(uint32_t) { return 0; }

/// One resolution whose answers, and whose time, the test gives.
class conversation {
public:
  explicit conversation(std::string_view domain = "partner.example",
                        lookup_rules rules = starttls_only)
    : machine{*domain_name::parse(domain), rules, least, now} {}
  explicit conversation(std::vector<given_target> targets, lookup_rules rules = {})
    : machine{*domain_name::parse("partner.example"), targets, rules, least, now} {}

  std::vector<std::string> asks() {
    std::vector<std::string> result;
    for (const auto& x : machine.take_questions())
      result.push_back(x.str());
    return result;
  }
  conversation& answers(const dns_question& question, const dns_answer& answer,
                        bool cached = false) {
    machine.on_answer(question, answer, cached, now);
    return *this;
  }
  conversation& elapses(std::chrono::milliseconds x) {
    now += x;
    machine.on_time(now);
    return *this;
  }
  const resolution& outcome() {
    EXPECT_TRUE(machine.done());
    return machine.outcome();
  }
  const resolution& outcome_so_far() const { return machine.outcome(); }
  failure why() { return outcome().why; }
  std::vector<std::string> found() {
    std::vector<std::string> result;
    for (const auto& target : outcome().targets)
      for (const auto& address : target.addresses)
        result.push_back(target.host + " " + address.str());
    return result;
  }

  resolver_lookup::time_point now{};
  resolver_lookup machine;
};

TEST(Lookup, asks_for_services_then_for_the_addresses_of_all_targets) {
  conversation x;
  EXPECT_THAT(x.asks(), ElementsAre("SRV _xmpp-server._tcp.partner.example"));
  x.now += 2ms;
  x.answers(srv, services({{20, 0, 5270, "b.example"}, {10, 0, 5269, "a.example"}}));
  EXPECT_THAT(x.asks(),
              ElementsAre("A a.example", "AAAA a.example", "A b.example", "AAAA b.example"));
  x.answers(a("a.example"), addresses({"192.0.2.1"}))
    .answers(aaaa("a.example"), addresses({"2001:db8::1"}));
  x.now += 3ms;
  x.answers(a("b.example"), addresses({"192.0.2.2"}));
  EXPECT_FALSE(x.machine.done());
  x.answers(aaaa("b.example"), no(kind::no_data));
  EXPECT_THAT(x.found(), ElementsAre("a.example [2001:db8::1]:5269", "a.example 192.0.2.1:5269",
                                     "b.example 192.0.2.2:5270"));
  EXPECT_EQ(x.outcome().method, resolve_method::srv);
  EXPECT_EQ(x.outcome().srv_time, 2ms);
  EXPECT_EQ(x.outcome().address_time, 3ms);
  EXPECT_EQ(x.outcome().total_time, 5ms);
}

TEST(Lookup, takes_the_addresses_of_the_domain_only_if_there_is_no_service_record) {
  for (auto what : {kind::no_name, kind::no_data}) {
    conversation x;
    x.asks();
    x.answers(srv, no(what));
    EXPECT_THAT(x.asks(), ElementsAre("A partner.example", "AAAA partner.example"));
    x.answers(a("partner.example"), addresses({"192.0.2.1"}))
      .answers(aaaa("partner.example"), no(kind::no_data));
    EXPECT_THAT(x.found(), ElementsAre("partner.example 192.0.2.1:5269"));
    EXPECT_EQ(x.outcome().method, resolve_method::address);
  }
}

TEST(Lookup, never_takes_the_addresses_of_the_domain_after_a_failure) {
  struct {
    kind what;
    failure why;
  } table[] = {{kind::failed, failure::dns_failed}, {kind::timed_out, failure::dns_timeout}};
  for (const auto& row : table) {
    conversation x;
    x.asks();
    x.answers(srv, no(row.what, "SERVFAIL for it"));
    EXPECT_THAT(x.asks(), IsEmpty());
    EXPECT_EQ(x.why(), row.why);
    EXPECT_EQ(x.outcome().detail, "SERVFAIL for it");
  }
}

TEST(Lookup, never_takes_the_addresses_of_the_domain_when_no_target_can_be_used) {
  conversation x;
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "a.example"}}));
  EXPECT_THAT(x.asks(), ElementsAre("A a.example", "AAAA a.example"));
  x.answers(a("a.example"), no(kind::no_name)).answers(aaaa("a.example"), no(kind::no_name));
  EXPECT_THAT(x.asks(), IsEmpty());
  EXPECT_EQ(x.why(), failure::dns_not_found);
  EXPECT_THAT(x.outcome().detail, HasSubstr("no SRV target"));
}

TEST(Lookup, knows_that_a_dot_means_no_service) {
  conversation x;
  x.asks();
  x.answers(srv, services({{0, 0, 0, ""}}));
  EXPECT_THAT(x.asks(), IsEmpty());
  EXPECT_EQ(x.why(), failure::dns_no_service);
}

TEST(Lookup, skips_targets_that_are_no_host_or_have_no_port) {
  conversation x;
  x.asks();
  x.answers(
    srv,
    services(
      {{1, 0, 5269, ""}, {1, 0, 5269, "a\\046b"}, {1, 0, 0, "b.example"}, {2, 0, 1, "c.example"}}));
  EXPECT_THAT(x.asks(), ElementsAre("A c.example", "AAAA c.example"));
  conversation none;
  none.asks();
  none.answers(srv, services({{1, 0, 0, "b.example"}}));
  EXPECT_EQ(none.why(), failure::dns_not_found);
}

TEST(Lookup, skips_a_target_without_address) {
  conversation x;
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "a.example"}, {2, 0, 5269, "b.example"}}));
  x.answers(a("a.example"), no(kind::no_name)).answers(aaaa("a.example"), no(kind::failed));
  x.answers(a("b.example"), addresses({"192.0.2.2"})).answers(aaaa("b.example"), no(kind::no_data));
  EXPECT_THAT(x.found(), ElementsAre("b.example 192.0.2.2:5269"));
}

TEST(Lookup, waits_50_ms_for_ipv6_once_it_has_ipv4) {
  conversation x;
  x.asks();
  x.answers(srv, no(kind::no_name));
  x.elapses(200ms).answers(a("partner.example"), addresses({"192.0.2.1"}));
  x.elapses(49ms);
  EXPECT_FALSE(x.machine.done());
  x.elapses(1ms);
  EXPECT_THAT(x.found(), ElementsAre("partner.example 192.0.2.1:5269"));
  EXPECT_EQ(x.outcome().total_time, 250ms);
}

TEST(Lookup, waits_a_second_for_ipv4_once_it_has_ipv6) {
  conversation x;
  x.asks();
  x.answers(srv, no(kind::no_name)).answers(aaaa("partner.example"), addresses({"2001:db8::1"}));
  x.elapses(999ms);
  EXPECT_FALSE(x.machine.done());
  x.elapses(1ms);
  EXPECT_THAT(x.found(), ElementsAre("partner.example [2001:db8::1]:5269"));
}

TEST(Lookup, does_not_wait_for_a_dead_target_beside_a_good_one) {
  conversation x;
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "dead.example"}, {2, 0, 5269, "b.example"}}));
  x.answers(a("b.example"), addresses({"192.0.2.2"})).answers(aaaa("b.example"), no(kind::no_data));
  x.elapses(999ms);
  EXPECT_FALSE(x.machine.done());
  x.elapses(1ms);
  EXPECT_THAT(x.found(), ElementsAre("b.example 192.0.2.2:5269"));
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
    conversation x;
    x.asks();
    x.answers(srv, no(kind::no_name));
    x.answers(a("partner.example"), no(row.ipv4)).answers(aaaa("partner.example"), no(row.ipv6));
    EXPECT_EQ(x.why(), row.why);
  }
}

TEST(Lookup, refuses_private_addresses_and_names_one) {
  conversation x;
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "a.example"}}));
  x.answers(a("a.example"), addresses({"10.0.0.1", "127.0.0.1"}))
    .answers(aaaa("a.example"), addresses({"::1"}));
  EXPECT_EQ(x.why(), failure::address_refused);
  EXPECT_EQ(x.outcome().detail, "address 10.0.0.1 for a.example is not public");
}

TEST(Lookup, keeps_the_public_ones_of_mixed_addresses) {
  conversation x;
  x.asks();
  x.answers(srv, no(kind::no_name));
  x.answers(a("partner.example"), addresses({"10.0.0.1", "192.0.2.1"}));
  x.answers(aaaa("partner.example"), addresses({"::ffff:127.0.0.1"}));
  EXPECT_THAT(x.found(), ElementsAre("partner.example 192.0.2.1:5269"));
}

TEST(Lookup, takes_private_addresses_where_they_are_allowed) {
  conversation x{"partner.example",
                 {.allow_private_addresses = true, .services = service_kinds::starttls}};
  x.asks();
  x.answers(srv, no(kind::no_name));
  x.answers(a("partner.example"), addresses({"10.0.0.1"}))
    .answers(aaaa("partner.example"), no(kind::no_data));
  EXPECT_THAT(x.found(), ElementsAre("partner.example 10.0.0.1:5269"));
}

TEST(Lookup, needs_no_dns_for_an_address_but_checks_it) {
  conversation good{"192.0.2.7"};
  EXPECT_THAT(good.asks(), IsEmpty());
  EXPECT_THAT(good.found(), ElementsAre("192.0.2.7 192.0.2.7:5269"));
  EXPECT_EQ(good.outcome().method, resolve_method::literal);
  conversation v6{"[2001:db8::7]"};
  EXPECT_THAT(v6.found(), ElementsAre("[2001:db8::7] [2001:db8::7]:5269"));
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
  conversation x;
  x.asks();
  x.answers(srv, services(records));
  EXPECT_EQ(x.asks().size(), 2 * resolver_lookup::max_targets);
  dns_answer many;
  many.what = kind::records;
  for (int i = 0; i < 100; ++i)
    many.addresses.push_back(*socket_address::parse("192.0.2." + std::to_string(i), 0));
  for (size_t i = 0; i < resolver_lookup::max_targets; ++i) {
    auto host = "h" + std::to_string(i) + ".example";
    x.answers(a(host), many).answers(aaaa(host), no(kind::no_data));
  }
  EXPECT_EQ(x.found().size(),
            resolver_lookup::max_targets * resolver_lookup::max_addresses_per_target);
}

TEST(Lookup, asks_once_for_a_host_that_serves_two_ports) {
  conversation x;
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "a.example"}, {2, 0, 443, "a.example"}}));
  EXPECT_THAT(x.asks(), ElementsAre("A a.example", "AAAA a.example"));
  x.answers(a("a.example"), addresses({"192.0.2.1"})).answers(aaaa("a.example"), no(kind::no_data));
  EXPECT_THAT(x.found(), ElementsAre("a.example 192.0.2.1:5269", "a.example 192.0.2.1:443"));
}

TEST(Lookup, says_that_it_came_from_the_cache_if_no_server_was_asked) {
  conversation x;
  x.asks();
  x.answers(srv, no(kind::no_name), true)
    .answers(a("partner.example"), addresses({"192.0.2.1"}), true);
  x.answers(aaaa("partner.example"), no(kind::no_data), true);
  EXPECT_EQ(x.outcome().method, resolve_method::cache);
  conversation partly;
  partly.asks();
  partly.answers(srv, no(kind::no_name), true)
    .answers(a("partner.example"), addresses({"192.0.2.1"}), false);
  partly.answers(aaaa("partner.example"), no(kind::no_data), true);
  EXPECT_EQ(partly.outcome().method, resolve_method::address);
}

TEST(Lookup, ignores_answers_it_did_not_ask_for_and_all_after_its_end) {
  conversation x;
  x.asks();
  x.answers(a("partner.example"), addresses({"192.0.2.66"}));
  EXPECT_FALSE(x.machine.done());
  x.answers(srv, no(kind::failed));
  x.answers(a("partner.example"), addresses({"192.0.2.66"})).elapses(10s);
  EXPECT_EQ(x.why(), failure::dns_failed);
  EXPECT_THAT(x.outcome().targets, IsEmpty());
}

const srv_record no_target{0, 0, 0, ""};
const srv_record junk{0, 0, 0, "a.example"}; ///< without a port.

/// The targets as "priority host:port", with "direct" in front where TLS is direct.
std::vector<std::string> kinds(conversation& x) {
  std::vector<std::string> result;
  for (const auto& target : x.outcome().targets)
    result.push_back((target.direct_tls ? "direct " : "") + std::to_string(target.priority) + " "
                     + target.host + ":" + std::to_string(target.port));
  return result;
}

/// Answers all questions for addresses.
conversation& finds_addresses(conversation& x) {
  for (auto question : x.machine.take_questions())
    if (question.type == dns_type::a)
      x.answers(question, addresses({"192.0.2.1"}));
    else
      x.answers(question, no(kind::no_data));
  return x;
}

TEST(Services, of_both_kinds_are_asked_for_at_once_and_ordered_as_one_set) {
  for (bool direct_first : {false, true}) {
    conversation x{"partner.example", {}};
    EXPECT_THAT(x.asks(), ElementsAre("SRV _xmpp-server._tcp.partner.example",
                                      "SRV _xmpps-server._tcp.partner.example"));
    auto plain = services({{20, 0, 5269, "b.example"}, {10, 0, 5269, "a.example"}});
    auto direct = services({{15, 0, 5270, "a.example"}, {5, 0, 443, "c.example"}});
    x.now += 2ms;
    x.answers(direct_first ? direct_srv : srv, direct_first ? direct : plain);
    EXPECT_THAT(x.asks(), IsEmpty());
    x.now += 3ms;
    x.answers(direct_first ? srv : direct_srv, direct_first ? plain : direct);
    finds_addresses(x);
    EXPECT_THAT(kinds(x), ElementsAre("direct 5 c.example:443", "10 a.example:5269",
                                      "direct 15 a.example:5270", "20 b.example:5269"));
    EXPECT_EQ(x.outcome().srv_time, 5ms);
    EXPECT_EQ(x.outcome().method, resolve_method::srv);
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
      machine.on_answer(question, addresses({"192.0.2.1"}), false, {});
    ASSERT_TRUE(machine.done());
    ++first[machine.outcome().targets.at(0).host];
  }
  EXPECT_EQ(first["a.example"], 25);
  EXPECT_EQ(first["b.example"], 75);
}

TEST(Services, are_used_as_far_as_they_are_there) {
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
      conversation x{"partner.example", {}};
      x.asks();
      x.answers(direct_first ? direct_srv : srv, direct_first ? row.direct : row.plain);
      EXPECT_FALSE(x.machine.done());
      x.answers(direct_first ? srv : direct_srv, direct_first ? row.plain : row.direct);
      finds_addresses(x);
      EXPECT_EQ(x.why(), row.why);
      EXPECT_EQ(kinds(x), row.targets);
    }
  }
}

TEST(Services, wait_a_second_for_the_other_kind_once_one_is_there) {
  for (bool direct_first : {false, true}) {
    conversation x{"partner.example", {}};
    x.asks();
    x.elapses(500ms).answers(direct_first ? direct_srv : srv,
                             services({{1, 0, 5000, "a.example"}}));
    x.elapses(999ms);
    EXPECT_THAT(x.asks(), IsEmpty());
    x.elapses(1ms);
    EXPECT_EQ(x.outcome_so_far().srv_time, 1500ms);
    finds_addresses(x);
    EXPECT_THAT(kinds(x),
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
    conversation x{"partner.example", {}};
    x.asks();
    x.answers(direct_srv, direct).elapses(4999ms);
    EXPECT_FALSE(x.machine.done());
    x.elapses(1ms);
    EXPECT_EQ(x.why(), failure::dns_timeout);
    EXPECT_EQ(x.outcome().detail, "no answer for SRV _xmpp-server._tcp.partner.example in 5.0 s");
  }
}

TEST(Services, that_come_late_or_twice_change_nothing) {
  conversation x{"partner.example", {}};
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "a.example"}}))
    .answers(srv, services({{1, 0, 5269, "evil.example"}}))
    .elapses(1s)
    .answers(direct_srv, services({{0, 0, 5270, "late.example"}}));
  EXPECT_THAT(x.asks(), ElementsAre("A a.example", "AAAA a.example"));
}

TEST(Services, of_both_kinds_share_the_limit_of_targets) {
  std::vector<srv_record> plain, direct;
  for (uint16_t i = 0; i < 40; ++i) {
    plain.push_back({static_cast<uint16_t>(2 * i), 0, 5269, "h" + std::to_string(i) + ".example"});
    direct.push_back(
      {static_cast<uint16_t>(2 * i + 1), 0, 5270, "h" + std::to_string(i) + ".example"});
  }
  conversation x{"partner.example", {}};
  x.asks();
  x.answers(srv, services(plain)).answers(direct_srv, services(direct));
  finds_addresses(x);
  ASSERT_EQ(kinds(x).size(), resolver_lookup::max_targets);
  EXPECT_EQ(kinds(x).back(), "direct 15 h7.example:5270");
}

dns_answer secure(dns_answer x, std::string canonical = {}) {
  x.secure = true;
  x.canonical_name = std::move(canonical);
  return x;
}

TEST(Dnssec, holds_for_a_target_whose_services_and_addresses_are_secure) {
  const auto service = services({{1, 0, 5269, "a.example"}});
  const auto ipv4 = addresses({"192.0.2.1"}), ipv6 = addresses({"2001:db8::1"});
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
    conversation x;
    x.asks();
    x.answers(srv, row.service)
      .answers(a("a.example"), row.ipv4)
      .answers(aaaa("a.example"), row.ipv6);
    const auto& found = x.outcome().targets.at(0).dnssec;
    EXPECT_EQ(found.service, row.expected.service);
    EXPECT_EQ(found.addresses, row.expected.addresses);
    EXPECT_EQ(found.canonical, row.expected.canonical);
    EXPECT_EQ(found.allows_dane(), row.expected.service && row.expected.addresses);
  }
}

TEST(Dnssec, is_told_for_each_kind_of_service_by_itself) {
  conversation x{"partner.example", {}};
  x.asks();
  x.answers(srv, services({{1, 0, 5269, "a.example"}}))
    .answers(direct_srv, secure(services({{2, 0, 5270, "a.example"}})));
  finds_addresses(x);
  EXPECT_FALSE(x.outcome().targets.at(0).dnssec.service);
  EXPECT_TRUE(x.outcome().targets.at(1).dnssec.service);
}

TEST(Dnssec, need_not_lead_from_a_domain_to_its_own_addresses) {
  conversation x;
  x.asks();
  x.answers(srv, no(kind::no_name))
    .answers(a("partner.example"), secure(addresses({"192.0.2.1"})))
    .answers(aaaa("partner.example"), no(kind::no_data));
  EXPECT_TRUE(x.outcome().targets.at(0).dnssec.allows_dane());
}

TEST(Dnssec, is_not_asked_how_an_operator_came_by_a_host) {
  for (bool validating : {false, true}) {
    conversation x{{{"node.example", 5269, 1, 0}, {"192.0.2.7", 5269, 2, 0}},
                   {.validating = validating}};
    x.asks();
    x.answers({"node.example", dns_type::host}, addresses({"192.0.2.1"}));
    EXPECT_EQ(x.outcome().targets.at(0).dnssec.allows_dane(), validating);
    EXPECT_FALSE(x.outcome().targets.at(1).dnssec.allows_dane());
  }
}

TEST(GivenTargets, say_whether_tls_is_direct) {
  conversation x{{{.host = "10.0.0.5", .port = 5270, .priority = 2, .direct_tls = true},
                  {.host = "10.0.0.5", .priority = 1}}};
  EXPECT_THAT(kinds(x), ElementsAre("1 10.0.0.5:5269", "direct 2 10.0.0.5:5270"));
}

TEST(GivenTargets, need_no_srv_may_be_private_and_are_ordered) {
  conversation x{{{"node.internal", 5269, 20, 0}, {"10.0.0.5", 7000, 10, 0}, {"::1", 7001, 5, 0}}};
  EXPECT_THAT(x.asks(), ElementsAre("host node.internal"));
  x.answers({"node.internal", dns_type::host}, addresses({"127.0.0.1", "::1"}));
  EXPECT_THAT(x.found(), ElementsAre("::1 [::1]:7001", "10.0.0.5 10.0.0.5:7000",
                                     "node.internal [::1]:5269", "node.internal 127.0.0.1:5269"));
  EXPECT_EQ(x.outcome().method, resolve_method::static_route);
}

TEST(GivenTargets, fail_by_the_reason_of_their_names) {
  conversation none{std::vector<given_target>{}};
  EXPECT_EQ(none.why(), failure::dns_not_found);
  conversation dead{std::vector<given_target>{{"node.internal"}}};
  dead.asks();
  dead.answers({"node.internal", dns_type::host},
               no(kind::timed_out, "no answer for host node.internal"));
  EXPECT_EQ(dead.why(), failure::dns_timeout);
  EXPECT_EQ(dead.outcome().detail, "no answer for host node.internal");
}

TEST(Resolution, is_described_by_method_and_times) {
  resolution x;
  x.targets = {{"a.example",
                5269,
                0,
                0,
                {*socket_address::parse("192.0.2.1", 1), *socket_address::parse("::1", 1)}},
               {"b.example", 5269, 0, 0, {*socket_address::parse("192.0.2.2", 1)}}};
  x.srv_time = 1234us;
  x.address_time = 800us;
  x.total_time = 2100us;
  EXPECT_EQ(describe(x), "SRV 2 targets in 1.2 ms, A/AAAA 3 addresses in 0.8 ms, total 2.1 ms");
  x.targets.pop_back();
  x.method = resolve_method::address;
  EXPECT_EQ(describe(x), "no SRV record in 1.2 ms, A/AAAA 2 addresses in 0.8 ms, total 2.1 ms");
  x.method = resolve_method::cache;
  EXPECT_EQ(describe(x), "cache, 1 target, 2 addresses, total 2.1 ms");
  x.why = failure::dns_failed;
  x.detail = "SERVFAIL for A a.example";
  EXPECT_EQ(describe(x),
            "dns-failed (SERVFAIL for A a.example), SRV 1.2 ms, A/AAAA 0.8 ms, total 2.1 ms");
}

} // namespace
} // namespace fedhub
