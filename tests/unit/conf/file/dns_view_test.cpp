// [dns_view] and listen.dns: their values, and their relations to other keys.
#include "tests/unit/conf/file/loading.hpp"

#include "conf/file/dns_view_defaults.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(DnsView, has_a_host_name) {
  const std::pair<std::string, std::string> good[] = {
    {"fedhub.internal", "fedhub.internal"},
    {"HUB.Corp.Example.", "hub.corp.example"},
    {"hub", "hub"},
    {"hub-1.corp.example", "hub-1.corp.example"},
    {"1.b", "1.b"},
    {"bücher.example", "xn--bcher-kva.example"},
  };
  for (const auto& [text, read] : good)
    EXPECT_EQ(loaded("dns_view.name = '" + text + "'").dns_view.name.str(), read);
  for (const std::string bad : {"", ".", "a b", "_hub.example", "a..b", "-hub.example", "hub-",
                                "a.hub-.b", "192.0.2.1", "[::1]", "hub.1", "*.example", "hub:53"})
    EXPECT_THAT(problems_of("dns_view.name = '" + bad + "'"),
                ElementsAre("f:1: dns_view.name: found \"" + bad
                            + "\"; allowed a host name: labels of letters, digits and hyphens, "
                              "not ending in a number"));
}

TEST(DnsView, needs_an_address_where_nodes_has_a_wildcard) {
  const auto problem = [](const std::string& nodes, const std::string& address) {
    return problems_of("[listen]\nmetrics = ''\ns2s = []\ndns = ['192.0.2.9:53']\nnodes = " + nodes
                       + "\n[dns_view]\naddress = '" + address + "'\n");
  };
  for (const std::string nodes :
       {"['0.0.0.0:7400']", "['[::]:7400']", "['127.0.0.1:7400', '0.0.0.0:7401']"}) {
    EXPECT_THAT(problem(nodes, ""),
                ElementsAre("f:7: dns_view.address: found nothing, and a wildcard in "
                            "listen.nodes; allowed the address at which nodes reach listen.nodes"))
      << nodes;
    EXPECT_THAT(problem(nodes, "10.0.0.1"), IsEmpty()) << nodes;
  }
  EXPECT_THAT(problem("['10.0.0.1:7400']", ""), IsEmpty());
  EXPECT_THAT(problem("[]", ""),
              ElementsAre(StartsWith("f:7: dns_view.address: found no listener that answers could "
                                     "name, since listen.nodes is empty")));
  for (const std::string wildcard : {"0.0.0.0", "::", "10.0.0.1:7400", "hub.example"})
    EXPECT_THAT(problem("['10.0.0.1:7400']", wildcard),
                ElementsAre("f:7: dns_view.address: found \"" + wildcard
                            + "\"; allowed \"IPV4\" or \"IPV6\", not a wildcard"));
  // Without listen.dns there is no view.
  EXPECT_THAT(problems_of("listen.nodes = ['[::]:7400']"), IsEmpty());
}

struct led {
  std::string_view nodes;
  std::string_view address; ///< key.
  std::string_view leads_to;
  size_t listener;
};

TEST(DnsView, leads_to_the_nodes_listener) {
  const led table[] = {
    {"['10.0.0.1:7400']", "", "10.0.0.1", 0},
    {"['127.0.0.1:7400']", "", "127.0.0.1", 0},
    {"['127.0.0.1:7400', '10.0.0.1:7401']", "", "10.0.0.1", 1},
    {"['10.0.0.1:7400', '[fd00::1]:7401']", "", "10.0.0.1", 0},
    {"['10.0.0.1:7400', '[fd00::1]:7401']", "fd00::1", "fd00::1", 1},
    {"['127.0.0.1:7400', '0.0.0.0:7401']", "10.0.0.1", "10.0.0.1", 1},
    {"['127.0.0.1:7400', '[::]:7401']", "10.0.0.1", "10.0.0.1", 1},
    {"['127.0.0.1:7400']", "198.51.100.1", "198.51.100.1", 0}, // a router maps the address
  };
  for (const auto& entry : table) {
    const auto config =
      loaded(concat("[listen]\nmetrics = ''\ns2s = []\ndns = ['127.0.0.9:53']\n",
                    "nodes = ", entry.nodes, "\n[dns_view]\naddress = '", entry.address, "'\n"));
    EXPECT_EQ(dns_view_address(config).value_or(ip_address{}).str(), entry.leads_to) << entry.nodes;
    EXPECT_EQ(dns_view_listener(config), entry.listener) << entry.nodes << " " << entry.address;
  }
}

TEST(DnsView, answers_no_wide_network_of_public_addresses) {
  for (const std::string good :
       {"203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
        "192.168.7.0/20", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "fd12:3456::/32", "fe80::/10",
        "2001:db8::/48", "2001:db8::1", "::1"})
    EXPECT_THAT(texts(loaded("dns_view.allow = ['" + good + "']").dns_view.allow),
                ElementsAre(ip_network::parse(good)->str()));
  for (const std::string bad :
       {"0.0.0.0/0", "203.0.112.0/23", "8.0.0.0/8", "172.16.0.0/11", "192.168.0.0/15",
        "100.64.0.0/9", "10.0.0.0/7", "::/0", "2001:db8::/47", "2a00::/12", "fc00::/6"})
    EXPECT_THAT(
      problems_of("dns_view.allow = ['10.0.0.0/8', '" + bad + "']"),
      ElementsAre(
        "f:1: dns_view.allow[1]: found \"" + ip_network::parse(bad)->str()
        + "\"; allowed private networks; public networks no wider than /24 (IPv4) or /48 (IPv6)"));
  EXPECT_THAT(problems_of("dns_view.allow = ['10.0.0.0/33']"),
              ElementsAre("f:1: dns_view.allow[0]: found \"10.0.0.0/33\"; allowed "
                          "\"ADDRESS/PREFIX-LENGTH\" or \"ADDRESS\""));
}

constexpr std::string_view trusting_node = R"(
[[node]]
domains = ["a.example"]
protocol = "s2s"
address = "10.0.0.5"
trusted_from = ["10.0.0.5/32", "NET"]
[[node]]
domains = ["b.example"]
secret = "s"
trusted_from = ["10.9.9.9/32"]
)";

std::string with_nodes(const std::string& head, std::string_view net) {
  std::string nodes{trusting_node};
  nodes.replace(nodes.find("NET"), 3, net);
  return head + nodes;
}

TEST(DnsView, answers_the_nodes_that_dial_in_unless_told_otherwise) {
  const std::string head = "[listen]\ndns = ['127.0.0.1:53']\n[dns_view]\n";
  EXPECT_THAT(texts(dns_view_clients(loaded(with_nodes(head, "10.0.1.0/24")))),
              ElementsAre("10.0.0.5/32", "10.0.1.0/24"));
  EXPECT_THAT(
    texts(dns_view_clients(loaded(with_nodes(head + "allow = ['10.7.0.0/16']", "0.0.0.0/0")))),
    ElementsAre("10.7.0.0/16"));
  EXPECT_THAT(problems_of(with_nodes(head, "0.0.0.0/0")),
              ElementsAre("f:3: dns_view.allow: found nothing, so the nodes' trusted_from applies, "
                          "with \"0.0.0.0/0\"; allowed private networks; public networks no wider "
                          "than /24 (IPv4) or /48 (IPv6)"));
  EXPECT_THAT(problems_of(with_nodes("", "0.0.0.0/0")), IsEmpty()) << "nobody is answered at all";
}

struct question_way {
  std::string_view listen;
  std::string_view server;
  std::string_view own; ///< the listener whose address it is; empty: none.
};

TEST(DnsView, asks_no_listener_of_the_hub) {
  const question_way table[] = {
    {"dns = ['127.0.0.1:53']", "127.0.0.1", "listen.dns[0]"},
    {"dns = ['127.0.0.1:53']", "127.0.0.1:54", ""},
    {"dns = ['127.0.0.1:53']", "127.0.0.2", ""},
    {"dns = ['127.0.0.1:53']", "0.0.0.0", "listen.dns[0]"},
    {"dns = ['10.0.0.1:53', '10.0.0.1:5353']", "10.0.0.1:5353", "listen.dns[1]"},
    {"dns = ['0.0.0.0:53']", "127.0.0.53", "listen.dns[0]"},
    {"dns = ['[::]:53']", "127.0.0.1", "listen.dns[0]"},
    {"dns = ['[::]:53']", "[::1]", "listen.dns[0]"},
    {"dns = ['0.0.0.0:53']", "[::1]", ""},
    {"dns = ['0.0.0.0:53']", "192.0.2.53", ""},
    {"dns = ['127.0.0.1:0']", "127.0.0.1", ""},
    {"nodes = ['10.0.0.1:7400']", "10.0.0.1:7400", "listen.nodes[0]"},
    {"metrics = '127.0.0.1:9527'", "127.0.0.1:9527", "listen.metrics"},
  };
  for (const auto& entry : table) {
    const auto found =
      problems_of(concat("[listen]\n", entry.listen, "\n[dns_view]\nupstream = ['192.0.2.1', '",
                         entry.server, "']\n"));
    const auto text = ip_endpoint::parse(entry.server, 53)->str();
    if (entry.own.empty())
      EXPECT_THAT(found, IsEmpty()) << entry.listen << " " << entry.server;
    else
      EXPECT_THAT(found,
                  ElementsAre(concat("f:4: dns_view.upstream[1]: found \"", text, "\", which is ",
                                     entry.own, " of this hub; allowed another server")))
        << entry.listen;
  }
  // The view would lead the hub's own resolver to listen.nodes as well.
  EXPECT_THAT(problems_of("[listen]\ndns = ['127.0.0.1:53']\n[dns]\nservers = ['127.0.0.1']\n"),
              ElementsAre("f:4: dns.servers[0]: found \"127.0.0.1:53\", which is listen.dns[0] of "
                          "this hub; allowed another server"));
}

struct collision {
  std::string_view listen;
  std::string_view problem; ///< empty: none.
};

TEST(Listeners, collide_where_one_covers_the_other) {
  const collision table[] = {
    {"s2s = ['0.0.0.0:5269', '127.0.0.1:5269']",
     R"(listen.s2s[1]: found "127.0.0.1:5269", which "0.0.0.0:5269" of listen.s2s[0] covers)"},
    {"s2s = ['127.0.0.1:5269', '0.0.0.0:5269']",
     R"(listen.s2s[1]: found "0.0.0.0:5269", which covers "127.0.0.1:5269" of listen.s2s[0])"},
    {"s2s = ['[::]:5269', '0.0.0.0:5269']",
     R"(listen.s2s[1]: found "0.0.0.0:5269", which "[::]:5269" of listen.s2s[0] covers)"},
    {"s2s = ['0.0.0.0:5269', '[::]:5269']",
     R"(listen.s2s[1]: found "[::]:5269", which covers "0.0.0.0:5269" of listen.s2s[0])"},
    {"nodes = ['127.0.0.1:5269']", // s2s has its default address
     R"(listen.nodes[0]: found "127.0.0.1:5269", which "[::]:5269" of listen.s2s[0] covers)"},
    {"s2s = []\nnodes = ['[::1]:5269', '[::]:5269']",
     R"(listen.nodes[1]: found "[::]:5269", which covers "[::1]:5269" of listen.nodes[0])"},
    {"dns = ['0.0.0.0:9527']",
     R"(listen.metrics: found "127.0.0.1:9527", which "0.0.0.0:9527" of listen.dns[0] covers)"},
    {"dns = ['127.0.0.1:7400']",
     R"(listen.dns[0]: found "127.0.0.1:7400", which listen.nodes[0] also has)"},
    {"s2s = ['[::ffff:127.0.0.1]:1', '127.0.0.1:1']",
     R"(listen.s2s[1]: found "127.0.0.1:1", which listen.s2s[0] also has)"},
    {"s2s_direct_tls = ['0.0.0.0:5269']",
     R"(listen.s2s_direct_tls[0]: found "0.0.0.0:5269", which "[::]:5269" of listen.s2s[0] covers)"},
    {"s2s = ['0.0.0.0:5269', '[::1]:5269']", ""},
    {"s2s = ['127.0.0.1:5269', '127.0.0.2:5269']", ""},
    {"s2s = ['0.0.0.0:5269']\ns2s_direct_tls = ['0.0.0.0:5270']", ""},
    {"s2s = ['0.0.0.0:0', '127.0.0.1:0', '0.0.0.0:0']\ndns = ['127.0.0.1:0']", ""},
  };
  for (const auto& entry : table) {
    const auto found =
      problems_of(concat("[dns_view]\naddress = '127.0.0.1'\n[listen]\n", entry.listen));
    if (entry.problem.empty())
      EXPECT_THAT(found, IsEmpty()) << entry.listen;
    else
      EXPECT_THAT(found, ElementsAre(testing::HasSubstr(entry.problem))) << entry.listen;
  }
}

} // namespace
} // namespace fedhub::conf
