#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr std::string_view component_row = R"([[node]]
name = "a"
domains = ["a.example"]
secret = "s"
)";
constexpr std::string_view s2s_row = R"([[node]]
name = "b"
domains = ["a.example"]
protocol = "s2s"
address = "10.0.0.5"
trusted_from = ["10.0.0.5"]
)";

TEST(Nodes, of_either_protocol_load) {
  const auto result = loaded(R"(
[[node]]
name = "cm-2_s2scp-1"
domains = ["corp.example", "*.corp.example"]
protocol = "s2s"
address = "xmpp.internal:5270"
trusted_from = ["10.0.0.5/32", "2001:db8::/64"]
[[node]]
name = "chat"
domains = ["chat.example"]
protocol = "component"
secret = "pass word"
)");
  ASSERT_EQ(result.nodes.size(), 2u);
  EXPECT_EQ(result.nodes[0].name, "cm-2_s2scp-1");
  ASSERT_EQ(result.nodes[0].protocol(), node_protocol::s2s);
  EXPECT_EQ(result.nodes[0].domains.at(1).str(), "*.corp.example");
  const auto& server = std::get<s2s_access>(result.nodes[0].access);
  EXPECT_EQ(server.address.str(), "xmpp.internal:5270");
  EXPECT_EQ(server.trusted_from.at(1).str(), "2001:db8::/64");
  ASSERT_EQ(result.nodes[1].protocol(), node_protocol::component);
  EXPECT_EQ(std::get<component_access>(result.nodes[1].access).handshake_secret.reveal(),
            "pass word");
}

TEST(Nodes, need_the_keys_of_their_protocol) {
  EXPECT_THAT(
    problems_of("[[node]]\n"),
    ElementsAre("f:1: node[0].domains: found nothing; allowed array of a domain, or \"*.\" and a "
                "domain",
                "f:1: node[0].secret: found nothing; allowed string, not empty; or the key "
                "secret_file"));
  EXPECT_THAT(problems_of("\n[[node]]\ndomains = ['a.example']\nprotocol = 's2s'"),
              ElementsAre("f:2: node[0].address: found nothing; allowed \"HOST\", \"HOST:PORT\" or "
                          "\"[IPV6]:PORT\", port 1..65535",
                          "f:2: node[0].trusted_from: found nothing; allowed array of "
                          "\"ADDRESS/PREFIX-LENGTH\" or \"ADDRESS\""));
}

TEST(Nodes, may_carry_the_keys_of_the_other_protocol_without_effect) {
  const auto plain = loaded(component_row);
  EXPECT_EQ(loaded(std::string{component_row} + "address = '[::1]'\ntrusted_from = ['::1']"),
            plain);
  EXPECT_EQ(loaded(std::string{component_row} + "trusted_from = []"), plain);
  EXPECT_EQ(loaded(std::string{s2s_row} + "secret = 's'"), loaded(s2s_row));
}

TEST(Nodes, have_the_keys_of_the_other_protocol_checked) {
  EXPECT_THAT(problems_of(std::string{component_row} + "address = 'a b'\ntrusted_from = [1]"),
              ElementsAre(StartsWith("f:5: node[0].address: found \"a b\""),
                          StartsWith("f:6: node[0].trusted_from[0]: found ")));
  EXPECT_THAT(problems_of(std::string{s2s_row} + "secret = 1"),
              ElementsAre(StartsWith("f:7: node[0].secret: found ")));
  EXPECT_THAT(problems_of(std::string{s2s_row} + "secret_file = 'none'"),
              ElementsAre(StartsWith("f:7: node[0].secret_file: found ")));
}

TEST(Nodes, are_not_saved_by_the_keys_of_the_other_protocol) {
  EXPECT_THAT(problems_of("[[node]]\ndomains = ['a.example']\naddress = '[::1]'\n"
                          "trusted_from = ['::1']\n"),
              ElementsAre(StartsWith("f:1: node[0].secret: found nothing")));
}

TEST(Nodes, of_an_unknown_protocol_bring_one_problem_only) {
  const std::string unknown = "[[node]]\ndomains = ['a.example']\nprotocol = 'xcp'\nsecret = 's'\n";
  EXPECT_THAT(problems_of(unknown + std::string{s2s_row}),
              ElementsAre("f:3: node[0].protocol: found \"xcp\"; allowed \"component\" | \"s2s\""));
  EXPECT_THAT(problems_of(std::string{s2s_row} + unknown),
              ElementsAre("f:9: node[1].protocol: found \"xcp\"; allowed \"component\" | \"s2s\""));
}

TEST(Nodes, have_names_of_their_own) {
  EXPECT_THAT(problems_of(std::string{component_row} + std::string{component_row}),
              ElementsAre("f:6: node[1].name: found \"a\", which node[0] also uses; allowed a name "
                          "that no other node has"));
  // The default name of the second row.
  EXPECT_THAT(problems_of("[[node]]\nname = 'node-2'\ndomains = ['a.example']\nsecret = 's'\n"
                          "[[node]]\ndomains = ['b.example']\nsecret = 's'\n"),
              ElementsAre(StartsWith("f:5: node[1].name: found \"node-2\"")));
  EXPECT_THAT(problems_of("[[node]]\nname = ''\ndomains = ['a.example']\nsecret = 's'"),
              ElementsAre(StartsWith("f:2: node[0].name: found \"\"")));
}

TEST(Nodes, share_a_domain_if_their_protocols_agree) {
  EXPECT_THAT(
    problems_of(std::string{component_row} + std::string{s2s_row}),
    ElementsAre("f:7: node[1].domains[0]: found \"a.example\", which node[0] serves by "
                "protocol \"component\"; allowed one protocol for all nodes of a domain"));
  EXPECT_EQ(loaded("[[node]]\ndomains = ['a.example']\nsecret = 's'\n" + std::string{component_row})
              .nodes.size(),
            2u);
  auto other = std::string{s2s_row};
  other.replace(other.find("\"b\""), 3, "\"c\"");
  EXPECT_EQ(loaded(std::string{s2s_row} + other).nodes.size(), 2u);
}

TEST(Nodes, may_serve_a_domain_below_another_nodes_wildcard) {
  auto wild = std::string{s2s_row};
  wild.replace(wild.find("a.example"), 9, "*.example");
  EXPECT_EQ(loaded(std::string{component_row} + wild).nodes.size(), 2u);
}

TEST(Nodes, serve_named_domains_each_once) {
  EXPECT_THAT(problems_of("[[node]]\ndomains = ['a.example', 'A.example']\nsecret = 's'"),
              ElementsAre("f:2: node[0].domains[1]: found \"a.example\" twice; "
                          "allowed each domain once"));
  for (const std::string bad : {"*", "", "a b", "*.*.example"})
    EXPECT_THAT(problems_of("[[node]]\ndomains = ['" + bad + "']\nsecret = 's'"),
                ElementsAre("f:2: node[0].domains[0]: found \"" + bad
                            + "\"; allowed a domain, or \"*.\" and a domain"));
}

TEST(Nodes, trust_one_network_at_least) {
  EXPECT_THAT(problems_of("[[node]]\ndomains = ['a.example']\nprotocol = 's2s'\n"
                          "address = '[::1]'\ntrusted_from = []"),
              ElementsAre("f:5: node[0].trusted_from: found an empty array; allowed one or more: "
                          "\"ADDRESS/PREFIX-LENGTH\" or \"ADDRESS\""));
}

} // namespace
} // namespace fedhub::conf
