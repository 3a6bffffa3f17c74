#include "protocol/certificate/presented_names.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/certificate/certificate_scene.hpp"

namespace fedhub::test {
namespace {

using namespace std::string_literals;
using kind = alt_name::kind;

struct expected_match {
  name_type type = name_type::none;
  size_t index = 0; ///< of the matching name in the row's list.
  bool wildcard = false;
};

constexpr expected_match no_match{};
constexpr expected_match by_dns{name_type::dns_name};
constexpr expected_match by_dns_wildcard{name_type::dns_name, 0, true};
constexpr expected_match by_srv{name_type::srv_name};
constexpr expected_match by_srv_wildcard{name_type::srv_name, 0, true};
constexpr expected_match by_xmpp{name_type::xmpp_addr};

struct row {
  const char* what;
  std::vector<alt_name> names;
  expected_match expect;
  const char* asked = "im.partner.example";
};

/// Makes a certificate of these names that is good otherwise, so that only the names decide whether
/// it proves the domain.
void check(const row& row) {
  SCOPED_TRACE(row.what);
  const auto leaf =
    make_identity({.issuer = &pki::shared().root, .names = row.names, .empty_names = true});
  const auto asked = domain(row.asked);
  for (auto policy : all_policies) {
    const auto verdict = judge({.leaf = &leaf}, policy, {asked, domain("elsewhere.example")});
    EXPECT_EQ(verdict.path.status, path_status::ok);
    ASSERT_EQ(verdict.names.size(), 2u);
    const auto& match = verdict.names[0];
    EXPECT_EQ(match.domain, asked);
    EXPECT_EQ(match.type, row.expect.type);
    EXPECT_EQ(match.wildcard, row.expect.wildcard);
    EXPECT_EQ(match.presented, match ? row.names.at(row.expect.index).text : "");
    EXPECT_EQ(verdict.proves(asked), row.expect.type != name_type::none);
    EXPECT_FALSE(verdict.proves(domain("elsewhere.example")));
  }
}

TEST(PresentedNames, match_a_dns_name_by_whole_labels) {
  const row rows[] = {
    {"the name", {dns("im.partner.example")}, by_dns},
    {"any case", {dns("IM.Partner.EXAMPLE")}, by_dns},
    {"among others", {dns("a.example"), dns("im.partner.example")}, {name_type::dns_name, 1}},
    {"another name", {dns("im.other.example")}, no_match},
    {"the parent", {dns("partner.example")}, no_match},
    {"a child", {dns("a.im.partner.example")}, no_match},
    {"a longer name that ends alike", {dns("xim.partner.example")}, no_match},
    {"a name that goes on", {dns("im.partner.example.evil.example")}, no_match},
    {"a final dot", {dns("im.partner.example.")}, no_match},
    {"a space before", {dns(" im.partner.example")}, no_match},
    {"no characters at all", {dns("")}, no_match},
    {"NUL and another name", {dns("im.partner.example\0.evil.example"s)}, no_match},
    {"NUL at the end", {dns("im.partner.example\0"s)}, no_match},
    {"a U-label", {dns("im.münchen.example")}, no_match, "im.münchen.example"},
    {"an A-label", {dns("im.xn--mnchen-3ya.example")}, by_dns, "im.münchen.example"},
    {"an A-label in capitals", {dns("im.XN--MNCHEN-3YA.example")}, by_dns, "im.münchen.example"},
    {"an IPv4 address as text", {dns("192.0.2.1")}, no_match, "192.0.2.1"},
    {"an iPAddress", {{kind::ip, "\xC0\x00\x02\x01"s}}, no_match, "192.0.2.1"},
    {"an e-mail address", {{kind::email, "im.partner.example"}}, no_match},
  };
  for (const auto& x : rows)
    check(x);
}

TEST(PresentedNames, let_a_wildcard_stand_for_the_whole_left_most_label_only) {
  const row rows[] = {
    {"one label", {dns("*.partner.example")}, by_dns_wildcard},
    {"one label in any case", {dns("*.PARTNER.example")}, by_dns_wildcard},
    {"an A-label", {dns("*.partner.example")}, by_dns_wildcard, "münchen.partner.example"},
    {"not two labels", {dns("*.partner.example")}, no_match, "a.im.partner.example"},
    {"not no label", {dns("*.partner.example")}, no_match, "partner.example"},
    {"not below another name", {dns("*.other.example")}, no_match},
    {"not above", {dns("*.example")}, no_match},
    {"not a whole top-level domain", {dns("*.example")}, no_match, "partner.example"},
    {"not everything", {dns("*")}, no_match},
    {"not everything with a dot", {dns("*.")}, no_match},
    {"not everything of one label", {dns("*")}, no_match, "localhost"},
    {"no wildcard twice", {dns("*.*.example")}, no_match},
    {"no wildcard label further right", {dns("im.*.example")}, no_match},
    {"no beginning of a label", {dns("i*.partner.example")}, no_match},
    {"no end of a label", {dns("*m.partner.example")}, no_match},
    {"no middle of a label", {dns("i*m.partner.example")}, no_match},
    {"no part of an A-label", {dns("xn--*.partner.example")}, no_match, "münchen.partner.example"},
    {"NUL behind it", {dns("*\0.partner.example"s)}, no_match},
    {"no part of an IPv4 address", {dns("*.0.2.1")}, no_match, "192.0.2.1"},
    {"the first of two",
     {dns("*.partner.example"), srv("_xmpp-server.*.partner.example")},
     by_dns_wildcard},
    {"less than an exact name further back",
     {dns("*.partner.example"), dns("*.partner.example"), srv("_xmpp-server.im.partner.example")},
     {name_type::srv_name, 2}},
  };
  for (const auto& x : rows)
    check(x);
}

TEST(PresentedNames, match_an_srv_name_of_the_server_service) {
  const row rows[] = {
    {"the service", {srv("_xmpp-server.im.partner.example")}, by_srv},
    {"any case", {srv("_XMPP-Server.IM.partner.example")}, by_srv},
    {"an A-label", {srv("_xmpp-server.xn--mnchen-3ya.example")}, by_srv, "münchen.example"},
    {"a U-label", {srv("_xmpp-server.münchen.example")}, no_match, "münchen.example"},
    {"a wildcard", {srv("_xmpp-server.*.partner.example")}, by_srv_wildcard},
    {"a wildcard for two labels",
     {srv("_xmpp-server.*.partner.example")},
     no_match,
     "a.im.partner.example"},
    {"a wildcard for the service", {srv("*.im.partner.example")}, no_match},
    {"the clients' service", {srv("_xmpp-client.im.partner.example")}, no_match},
    {"the direct TLS service", {srv("_xmpps-server.im.partner.example")}, no_match},
    {"another service", {srv("_imaps.im.partner.example")}, no_match},
    {"a protocol", {srv("_xmpp-server._tcp.im.partner.example")}, no_match},
    {"no underscore", {srv("xmpp-server.im.partner.example")}, no_match},
    {"no service", {srv("im.partner.example")}, no_match},
    {"the service alone", {srv("_xmpp-server.")}, no_match},
    {"another name", {srv("_xmpp-server.im.other.example")}, no_match},
    {"NUL and another name", {srv("_xmpp-server.im.partner.example\0.x.example"s)}, no_match},
    {"an SRV name as dNSName", {dns("_xmpp-server.im.partner.example")}, no_match},
    {"an IP address", {srv("_xmpp-server.192.0.2.1")}, no_match, "192.0.2.1"},
  };
  for (const auto& x : rows)
    check(x);
}

TEST(PresentedNames, match_an_xmpp_address_that_is_a_domain) {
  const row rows[] = {
    {"the domain", {xmpp("im.partner.example")}, by_xmpp},
    {"any case", {xmpp("IM.Partner.example")}, by_xmpp},
    {"a U-label", {xmpp("im.münchen.example")}, by_xmpp, "im.münchen.example"},
    {"a U-label in capitals", {xmpp("im.MÜNCHEN.example")}, by_xmpp, "im.münchen.example"},
    {"an A-label", {xmpp("im.xn--mnchen-3ya.example")}, by_xmpp, "im.münchen.example"},
    {"an IPv4 address", {xmpp("192.0.2.1")}, by_xmpp, "192.0.2.1"},
    {"an IPv6 address", {xmpp("[2001:DB8::1]")}, by_xmpp, "[2001:db8::1]"},
    {"a wildcard", {xmpp("*.partner.example")}, no_match},
    {"a user", {xmpp("juliet@im.partner.example")}, no_match},
    {"an empty user", {xmpp("@im.partner.example")}, no_match},
    {"a resource", {xmpp("im.partner.example/s2s")}, no_match},
    {"another domain", {xmpp("im.other.example")}, no_match},
    {"NUL and another name", {xmpp("im.partner.example\0.x.example"s)}, no_match},
    {"no UTF-8", {xmpp("im.m\xFCnchen.example")}, no_match, "im.münchen.example"},
    {"a look-alike", {xmpp("im.pаrtner.example")}, no_match}, // Cyrillic а
    {"a string of the wrong type", {{kind::xmpp_as_ia5, "im.partner.example"}}, no_match},
    {"the dNSName first, if both match",
     {xmpp("im.other.example"), dns("im.partner.example"), xmpp("im.partner.example")},
     {name_type::dns_name, 1}},
  };
  for (const auto& x : rows)
    check(x);
}

TEST(PresentedNames, never_match_the_common_name) {
  for (const bool empty_names : {false, true}) {
    const auto leaf = make_identity({.common_name = "im.partner.example",
                                     .issuer = &pki::shared().root,
                                     .empty_names = empty_names});
    for (auto policy : all_policies) {
      const auto verdict = judge({.leaf = &leaf}, policy, {domain("im.partner.example")});
      EXPECT_EQ(verdict.path.status, path_status::ok);
      EXPECT_EQ(verdict.names.at(0).type, name_type::none);
      EXPECT_FALSE(verdict.names_malformed);
    }
  }
}

TEST(PresentedNames, are_looked_at_up_to_their_limit) {
  std::vector<alt_name> names(presented_names::max_names - 1, dns("filler.example"));
  names.push_back(dns("last.example"));
  const auto judge_names = [&] {
    const auto leaf = make_identity({.issuer = &pki::shared().root, .names = names});
    return judge({.leaf = &leaf}, eku_policy::server,
                 {domain("last.example"), domain("beyond.example")});
  };
  const auto full = judge_names();
  EXPECT_TRUE(full.proves(domain("last.example")));
  EXPECT_FALSE(full.names_cut);
  names.push_back(dns("beyond.example"));
  const auto beyond = judge_names();
  EXPECT_TRUE(beyond.proves(domain("last.example")));
  EXPECT_FALSE(beyond.proves(domain("beyond.example")));
  EXPECT_TRUE(beyond.names_cut);
}

TEST(PresentedNames, of_a_wrong_type_are_reported) {
  const auto leaf = make_identity(
    {.issuer = &pki::shared().root,
     .names = {{alt_name::kind::xmpp_as_ia5, "im.partner.example"}, dns("im.partner.example")}});
  const auto verdict = judge({.leaf = &leaf}, eku_policy::server, {domain("im.partner.example")});
  EXPECT_TRUE(verdict.names_malformed);
  EXPECT_TRUE(verdict.proves(domain("im.partner.example")));
}

TEST(PresentedNames, stand_for_no_empty_domain) {
  const auto leaf = make_identity({.issuer = &pki::shared().root, .names = {dns(""), xmpp("")}});
  EXPECT_FALSE(match_name(presented_names::of(*leaf.certificate), domain_name{}));
}

} // namespace
} // namespace fedhub::test
