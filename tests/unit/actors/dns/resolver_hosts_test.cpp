// Lookups without SRV records: of a host that a server named, and of targets that the operator
// configured.
#include "actors/dns/resolver_lookup.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/lookup_scene.hpp"

namespace fedhub::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NamedHost, is_looked_for_by_its_addresses_alone) {
  auto result = conversation::about("host.example", 5270);
  EXPECT_THAT(result.asks(), ElementsAre("A host.example", "AAAA host.example"));
  result.answers(a("host.example"), addresses({"192.9.2.1"}))
    .answers(aaaa("host.example"), addresses({"2001:db9::1"}));
  EXPECT_THAT(result.found(),
              ElementsAre("host.example [2001:db9::1]:5270", "host.example 192.9.2.1:5270"));
  EXPECT_EQ(result.outcome().method, resolve_method::address);
}

TEST(NamedHost, may_be_an_address) {
  auto v4 = conversation::about("192.9.2.7", 1);
  EXPECT_THAT(v4.asks(), IsEmpty());
  EXPECT_THAT(v4.found(), ElementsAre("192.9.2.7 192.9.2.7:1"));
  auto v6 = conversation::about("[2001:db9::7]", 65535);
  EXPECT_THAT(v6.found(), ElementsAre("[2001:db9::7] [2001:db9::7]:65535"));
}

TEST(NamedHost, may_not_be_private_by_name_or_address) {
  for (auto host : {"10.0.0.1", "127.0.0.1", "[::1]", "[fd00::1]"})
    EXPECT_EQ(conversation::about(host, 5269).why(), failure::address_refused) << host;
  auto named = conversation::about("host.example", 5269);
  named.asks();
  named.answers(a("host.example"), addresses({"127.0.0.1"}))
    .answers(aaaa("host.example"), addresses({"::1"}));
  EXPECT_EQ(named.why(), failure::address_refused);
  EXPECT_EQ(named.outcome().detail, "address 127.0.0.1 for host.example is not public");
  auto allowed = conversation::about("[::1]", 5269, {.allow_private_addresses = true});
  EXPECT_THAT(allowed.found(), ElementsAre("[::1] [::1]:5269"));
}

TEST(NamedHost, never_allows_dane) {
  auto result = conversation::about("host.example", 5269, {.validating = true});
  result.asks();
  auto answer = addresses({"192.9.2.1"});
  answer.secure = true;
  result.answers(a("host.example"), answer).answers(aaaa("host.example"), no(kind::no_data));
  ASSERT_FALSE(result.found().empty());
  EXPECT_FALSE(result.outcome().targets[0].dnssec.allows_dane());
}

TEST(NamedHost, fails_as_its_addresses_do) {
  auto none = conversation::about("host.example", 5269);
  none.asks();
  none.answers(a("host.example"), no(kind::no_name))
    .answers(aaaa("host.example"), no(kind::no_name));
  EXPECT_EQ(none.why(), failure::dns_not_found);
  EXPECT_EQ(none.outcome().detail, "host.example has no address records");
}

TEST(GivenTargets, say_whether_tls_is_direct) {
  conversation lookup{{{.host = "10.0.0.5", .port = 5270, .priority = 2, .direct_tls = true},
                       {.host = "10.0.0.5", .priority = 1}}};
  EXPECT_THAT(kinds(lookup), ElementsAre("1 10.0.0.5:5269", "direct 2 10.0.0.5:5270"));
}

TEST(GivenTargets, need_no_srv_may_be_private_and_are_ordered) {
  conversation lookup{
    {{"node.internal", 5269, 20, 0}, {"10.0.0.5", 7000, 10, 0}, {"::1", 7001, 5, 0}}};
  EXPECT_THAT(lookup.asks(), ElementsAre("host node.internal"));
  lookup.answers({"node.internal", dns_type::host}, addresses({"127.0.0.1", "::1"}));
  EXPECT_THAT(lookup.found(),
              ElementsAre("::1 [::1]:7001", "10.0.0.5 10.0.0.5:7000", "node.internal [::1]:5269",
                          "node.internal 127.0.0.1:5269"));
  EXPECT_EQ(lookup.outcome().method, resolve_method::static_route);
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

} // namespace
} // namespace fedhub::test
