#include "actors/rules/routing_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>

#include "conf/file/loader.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

/// Returns the table that the supervisor would make for a configuration; all component nodes live.
routing_table table_of(std::string_view text) {
  auto loaded = conf::load_text(text, "f");
  for (auto& problem : loaded.problems)
    ADD_FAILURE() << to_string(problem);
  auto config = loaded.value ? *loaded.value : conf::config{};
  std::vector<node_route> nodes;
  for (auto& entry : config.nodes) {
    node_route node;
    node.name = entry.name;
    node.protocol = entry.protocol();
    node.live = true;
    nodes.push_back(std::move(node));
  }
  return {config, std::move(nodes)};
}

std::string component(std::string_view name, std::string_view domains) {
  return "[[node]]\nname = '" + std::string{name} + "'\ndomains = [" + std::string{domains}
         + "]\nsecret = 's'\n";
}

std::string s2s_node(std::string_view name, std::string_view domains, std::string_view address) {
  return "[[node]]\nname = '" + std::string{name} + "'\nprotocol = 's2s'\ndomains = ["
         + std::string{domains} + "]\naddress = '" + std::string{address}
         + "'\ntrusted_from = ['10.0.0.5']\n";
}

/// Returns the names of the nodes that serve a domain.
std::vector<std::string> serving(const routing_table& table, std::string_view name) {
  std::vector<std::string> result;
  if (auto* candidates = table.serving(domain(name)))
    for (auto i : *candidates)
      result.push_back(table.nodes()[i].name);
  return result;
}

TEST(RoutingTable, finds_the_node_by_the_most_specific_pattern) {
  auto table = table_of(component("exact", "'chat.corp.example'")
                        + component("near", "'*.corp.example', 'corp.example'")
                        + component("far", "'*.example'"));
  struct {
    std::string domain;
    std::vector<std::string> nodes;
  } rows[] = {
    {"chat.corp.example", {"exact"}},
    {"a.chat.corp.example", {"near"}},
    {"room.corp.example", {"near"}},
    {"corp.example", {"near"}},
    {"other.example", {"far"}},
    {"a.b.other.example", {"far"}},
    {"example", {}},
    {"partner.test", {}},
    {"notcorp.test", {}},
    {"[2001:db8::1]", {}},
    {"192.0.2.1", {}},
  };
  for (auto& row : rows) {
    EXPECT_EQ(serving(table, row.domain), row.nodes) << row.domain;
    EXPECT_EQ(table.local(domain(row.domain)), !row.nodes.empty()) << row.domain;
  }
}

TEST(RoutingTable, serves_both_forms_of_a_domain) {
  const auto table =
    table_of(component("a", "'straße.example', '*.ς.example'") + component("b", "'strasse.test'"));
  for (const char* form :
       {"straße.example", "xn--strae-oqa.example", "strasse.example", "x.ς.example", "x.σ.example"})
    EXPECT_THAT(serving(table, form), ElementsAre("a")) << form;
  EXPECT_THAT(serving(table, "strasse.test"), ElementsAre("b"));
  EXPECT_THAT(serving(table, "straße.test"), IsEmpty()); // the name may belong to another party
}

TEST(RoutingTable, knows_which_nodes_share_a_domain) {
  auto table = table_of(component("a", "'one.example', 'two.example'")
                        + component("b", "'two.example'") + component("c", "'three.example'")
                        + component("d", "'*.four.example'") + component("e", "'*.four.example'"));
  std::map<std::string, bool> shares;
  for (auto& node : table.nodes())
    shares[node.name] = node.shares;
  EXPECT_EQ(shares, (std::map<std::string, bool>{
                      {"a", true}, {"b", true}, {"c", false}, {"d", true}, {"e", true}}));
  EXPECT_THAT(serving(table, "two.example"), ElementsAre("a", "b"));
}

TEST(RoutingTable, reaches_s2s_nodes_at_their_addresses) {
  auto table =
    table_of(component("a", "'chat.example'") + s2s_node("b", "'corp.example'", "10.0.0.5:5270")
             + s2s_node("c", "'corp.example'", "xmpp.internal"));
  auto targets = table.node_targets(domain("corp.example"));
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 2u);
  EXPECT_EQ(targets->at(0).host, "10.0.0.5");
  EXPECT_EQ(targets->at(0).port, 5270);
  EXPECT_EQ(targets->at(1).host, "xmpp.internal");
  EXPECT_EQ(targets->at(1).port, 5269);
  EXPECT_FALSE(table.node_targets(domain("chat.example")));
  EXPECT_FALSE(table.node_targets(domain("partner.example")));
}

// ---- rendezvous --------------------------------------------------------------------------------

class Rendezvous : public testing::Test {
protected:
  static constexpr int users = 6000;

  /// Returns a table of nodes for one domain. Nodes in `down` are not live; some of these are
  /// awaited.
  static routing_table table_without(const std::vector<std::string>& down,
                                     const std::vector<std::string>& awaited = {}) {
    conf::config config;
    std::vector<node_route> nodes;
    for (std::string name : {"a", "b", "c"}) {
      conf::node_config row;
      row.name = name;
      row.domains = {*domain_pattern::parse("corp.example")};
      config.nodes.push_back(row);
      node_route node;
      node.name = name;
      node.live = std::ranges::find(down, name) == down.end();
      node.awaited = std::ranges::find(awaited, name) != awaited.end();
      nodes.push_back(std::move(node));
    }
    return {config, std::move(nodes)};
  }
  static std::string choose(const routing_table& table, int user) {
    return table
      .choose(*table.serving(domain("corp.example")),
              "user" + std::to_string(user) + "@corp.example")
      .name;
  }
};

TEST_F(Rendezvous, shares_the_users_evenly) {
  auto table = table_without({});
  std::map<std::string, int> share;
  for (int i = 0; i < users; ++i)
    ++share[choose(table, i)];
  ASSERT_EQ(share.size(), 3u);
  for (auto& [name, n] : share) // 5 standard deviations
    EXPECT_NEAR(n, users / 3.0, 5 * std::sqrt(users * 2.0 / 9)) << name;
}

TEST_F(Rendezvous, moves_only_the_share_of_a_node_that_leaves) {
  auto before = table_without({});
  auto after = table_without({"b"});
  std::map<std::string, int> moved_to;
  for (int i = 0; i < users; ++i) {
    auto was = choose(before, i);
    auto is = choose(after, i);
    if (was == "b")
      ++moved_to[is];
    else
      EXPECT_EQ(is, was);
  }
  EXPECT_EQ(moved_to.count("b"), 0u);
  EXPECT_GT(moved_to["a"], users / 10); // both remaining nodes take over some of its users
  EXPECT_GT(moved_to["c"], users / 10);
}

TEST_F(Rendezvous, chooses_as_if_all_were_live_when_none_is) {
  auto all = table_without({});
  auto none = table_without({"a", "b", "c"});
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(choose(none, i),
              choose(all, i)); // so that stanzas wait at the node that the user will have
}

TEST_F(Rendezvous, chooses_of_those_awaited_when_none_is_live) {
  auto two = table_without({"c"});
  auto awaited = table_without({"a", "b", "c"}, {"a", "b"});
  auto live = table_without({"a", "b"}, {"a", "b"});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(choose(awaited, i), choose(two, i));
    EXPECT_EQ(choose(live, i), "c");
  }
}

TEST_F(Rendezvous, takes_the_only_node_of_a_domain_live_or_not) {
  auto table = table_of(component("a", "'one.example'"));
  EXPECT_EQ(table.choose(*table.serving(domain("one.example")), "x@one.example").name, "a");
}

TEST_F(Rendezvous, does_not_depend_on_the_order_of_the_configuration) {
  auto one = table_of(component("a", "'corp.example'") + component("b", "'corp.example'"));
  auto other = table_of(component("b", "'corp.example'") + component("a", "'corp.example'"));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(choose(one, i), choose(other, i));
}

TEST_F(Rendezvous, weighs_the_same_in_every_version_of_the_hub) {
  // With another value, hubs of different versions would assign users to different nodes.
  EXPECT_EQ(rendezvous_seed(""), 0xcbf29ce484222325u);
  EXPECT_EQ(rendezvous_seed("a"), 0xaf63dc4c8601ec8cu); // FNV-1a's published value
  EXPECT_EQ(rendezvous_weight(rendezvous_seed("node-1"), "ann@corp.example"), 0x2e01a1f3c0c7a7b6u);
}

// ---- policy ------------------------------------------------------------------------------------

constexpr std::string_view route = "[[static_route]]\ndomain = 'partner.example'\n"
                                   "address = '192.0.2.7'\n";

TEST(Policy, admits_remote_domains_as_configured) {
  struct {
    std::string federation;
    std::string_view routes;
    std::string domain;
    failure expected;
  } rows[] = {
    {"", "", "partner.example", failure::none},
    {"enabled = false", "", "partner.example", failure::federation_disabled},
    {"enabled = false", route, "partner.example", failure::federation_disabled},
    {"privacy_mode = 'allow-list'", "", "partner.example", failure::domain_denied},
    {"privacy_mode = 'allow-list'\nallow = ['partner.example']", "", "partner.example",
     failure::none},
    {"privacy_mode = 'allow-list'\nallow = ['partner.example']", "", "chat.partner.example",
     failure::domain_denied},
    {"privacy_mode = 'allow-list'\nallow = ['*.partner.example']", "", "a.b.partner.example",
     failure::none},
    {"privacy_mode = 'allow-list'\nallow = ['*.partner.example']", "", "partner.example",
     failure::domain_denied},
    // The deny list does not count in this mode, nor the allow list in the other one.
    {"privacy_mode = 'allow-list'\nallow = ['partner.example']\ndeny = ['partner.example']", "",
     "partner.example", failure::none},
    {"privacy_mode = 'deny-list'\nallow = ['partner.example']\ndeny = ['partner.example']", "",
     "partner.example", failure::domain_denied},
    {"privacy_mode = 'deny-list'\ndeny = ['*.partner.example']", "", "partner.example",
     failure::none},
    {"privacy_mode = 'deny-list'\ndeny = ['*.partner.example']", "", "a.partner.example",
     failure::domain_denied},
    {"privacy_mode = 'off'\ndeny = ['partner.example']", "", "partner.example", failure::none},
    // A static route implies allow …
    {"privacy_mode = 'allow-list'", route, "partner.example", failure::none},
    {"privacy_mode = 'allow-list'", route, "other.example", failure::domain_denied},
    // … if it is in use, and does not undo a denial by name.
    {"privacy_mode = 'allow-list'\nuse_static_routes = false", route, "partner.example",
     failure::domain_denied},
    {"privacy_mode = 'deny-list'\ndeny = ['partner.example']", route, "partner.example",
     failure::domain_denied},
    // A list entry counts for both forms of a name. If answers differ, the stricter one counts.
    {"privacy_mode = 'allow-list'\nallow = ['straße.example']", "", "straße.example",
     failure::none},
    {"privacy_mode = 'allow-list'\nallow = ['straße.example']", "", "strasse.example",
     failure::none},
    {"privacy_mode = 'allow-list'\nallow = ['strasse.example']", "", "straße.example",
     failure::domain_denied},
    {"privacy_mode = 'deny-list'\ndeny = ['straße.example']", "", "strasse.example",
     failure::domain_denied},
    {"privacy_mode = 'deny-list'\ndeny = ['strasse.example']", "", "straße.example",
     failure::domain_denied},
    {"privacy_mode = 'deny-list'\ndeny = ['*.strasse.example']", "", "a.straße.example",
     failure::domain_denied},
    {"privacy_mode = 'deny-list'\ndeny = ['strasse.example']", "", "strase.example", failure::none},
  };
  for (auto& row : rows) {
    auto text = "[federation]\n" + row.federation + "\n" + std::string{row.routes};
    EXPECT_EQ(table_of(text).admits(domain(row.domain)), row.expected) << text << row.domain;
  }
}

// ---- static routes -----------------------------------------------------------------------------

std::vector<std::string> hosts(const given_targets_ptr& targets) {
  std::vector<std::string> result;
  if (targets)
    for (auto& target : *targets)
      result.push_back(target.host + ":" + std::to_string(target.port) + " "
                       + std::to_string(target.priority) + " " + std::to_string(target.weight)
                       + (target.direct_tls ? " direct" : ""));
  return result;
}

TEST(StaticRoutes, hold_for_both_forms_of_a_domain) {
  const auto table =
    table_of("[[static_route]]\ndomain = 'straße.example'\naddress = '192.0.2.7'\n");
  for (const char* form : {"straße.example", "strasse.example"})
    EXPECT_THAT(hosts(table.static_route(domain(form))), ElementsAre("192.0.2.7:5269 0 0")) << form;
}

TEST(StaticRoutes, lead_to_all_targets_of_the_most_specific_row) {
  constexpr std::string_view rows = R"(
[[static_route]]
domain = "partner.example"
address = "192.0.2.7:5270"
direct_tls = true
priority = 10
weight = 5
[[static_route]]
domain = "partner.example"
address = "xmpp.partner.test"
[[static_route]]
domain = "*.partner.example"
address = "[2001:db8::7]"
[[static_route]]
domain = "*.deep.partner.example"
address = "192.0.2.9"
)";
  auto table = table_of(rows);
  auto of = [&](std::string_view name) { return hosts(table.static_route(domain(name))); };
  EXPECT_THAT(of("partner.example"),
              ElementsAre("192.0.2.7:5270 10 5 direct", "xmpp.partner.test:5269 0 0"));
  EXPECT_THAT(of("chat.partner.example"), ElementsAre("2001:db8::7:5269 0 0"));
  EXPECT_THAT(of("deep.partner.example"), ElementsAre("2001:db8::7:5269 0 0"));
  EXPECT_THAT(of("a.b.deep.partner.example"), ElementsAre("192.0.2.9:5269 0 0"));
  EXPECT_THAT(of("example"), IsEmpty());
  EXPECT_THAT(of("xpartner.example"), IsEmpty());
  EXPECT_FALSE(table.static_route(domain("other.test")));
  auto unused = table_of("[federation]\nuse_static_routes = false\n" + std::string{rows});
  EXPECT_FALSE(unused.static_route(domain("partner.example")));
}

TEST(RoutingTable, admits_pairs_of_which_one_is_local_and_the_other_is_admitted) {
  auto table = table_of(component("n", "'a.example', 'b.example'")
                        + "[federation]\nprivacy_mode = 'deny-list'\ndeny = ['bad.example']\n");
  const struct {
    const char *from, *to;
    failure why;
  } rows[] = {
    {"a.example", "b.example", failure::none},
    {"a.example", "good.example", failure::none},
    {"good.example", "a.example", failure::none},
    {"a.example", "bad.example", failure::domain_denied},
    {"bad.example", "a.example", failure::domain_denied},
    {"good.example", "bad.example", failure::node_unavailable},
  };
  for (auto& x : rows)
    EXPECT_EQ(table.admits_pair(domain(x.from), domain(x.to)), x.why) << x.from << " " << x.to;
}

TEST(RoutingTable, leads_alike_as_long_as_the_way_is_the_same) {
  auto route = [](std::string_view address, std::string_view more = "") {
    return "[[static_route]]\ndomain = 'x.example'\naddress = '" + std::string{address} + "'\n"
           + std::string{more};
  };
  const std::vector<std::string> different{
    "",
    route("10.0.0.1:1"),
    route("10.0.0.1:2"),
    route("10.0.0.1:1", "direct_tls = true\n"),
    route("10.0.0.1:1", "priority = 1\n"),
    component("n", "'x.example'"),
    s2s_node("n", "'x.example'", "10.0.0.1:1"),
    s2s_node("n", "'x.example'", "10.0.0.2:1"),
  };
  for (size_t i = 0; i < different.size(); ++i)
    for (size_t j = 0; j < different.size(); ++j)
      EXPECT_EQ(table_of(different[i]).leads_alike(table_of(different[j]), domain("x.example")),
                i == j)
        << different[i] << "\n"
        << different[j];
}

} // namespace
} // namespace fedhub
