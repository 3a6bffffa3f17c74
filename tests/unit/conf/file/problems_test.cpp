// Problems as the operator reads them: exact words, all at once, with the right lines.
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(Problem, prints_what_it_has) {
  EXPECT_EQ(to_string({"f", 3, "hub.name", "nothing", "a name"}),
            "f:3: hub.name: found nothing; allowed a name");
  EXPECT_EQ(to_string({"f", 3, "", "a syntax error", "TOML 1.0"}),
            "f:3: found a syntax error; allowed TOML 1.0");
  EXPECT_EQ(to_string({"f", 0, "", "no such file", "a file"}),
            "f: found no such file; allowed a file");
}

TEST(UnknownKeys, are_named_with_what_was_meant) {
  EXPECT_THAT(
    problems_of("[hub]\nnmae = 'x'\n"),
    ElementsAre("f:2: hub.nmae: found an unknown key; allowed name, state_dir, threads (did you "
                "mean name?)"));
  EXPECT_THAT(
    problems_of("[hub]\nregion = 'x'\n"),
    ElementsAre("f:2: hub.region: found an unknown key; allowed name, state_dir, threads"));
  EXPECT_THAT(
    problems_of("\n[federaton]\nenabled = true\n"),
    ElementsAre(
      "f:2: federaton: found an unknown key; allowed hub, listen, admin, federation, "
      "static_route, dns, dns_view, trust, tls, node, limits, timeouts, log, check (did you "
      "mean federation?)"));
}

TEST(UnknownKeys, are_found_in_every_table) {
  for (const std::string table :
       {"hub", "listen", "federation", "dns", "dns_view", "tls", "limits", "timeouts", "log"})
    EXPECT_THAT(problems_of("[" + table + "]\nzzzzz = 1"),
                ElementsAre(StartsWith("f:2: " + table + ".zzzzz: found an unknown key")));
  EXPECT_THAT(problems_of("[[static_route]]\ndomain = 'a.example'\naddress = '[::1]'\nzzzzz = 1"),
              ElementsAre("f:4: static_route[0].zzzzz: found an unknown key; allowed domain, "
                          "address, direct_tls, priority, weight"));
  EXPECT_THAT(problems_of("[[node]]\ndomains = ['a.example']\nsecret = 's'\nzzzzz = 1"),
              ElementsAre("f:4: node[0].zzzzz: found an unknown key; allowed name, domains, "
                          "protocol, secret, secret_file, address, trusted_from"));
}

TEST(UnknownKeys, are_quoted_where_they_are_odd) {
  EXPECT_THAT(problems_of("[hub]\n\"a.b \\n\" = 1"),
              ElementsAre(StartsWith(R"(f:2: hub."a.b \x0a": found an unknown key)")));
}

TEST(Tables, of_the_wrong_kind_are_refused) {
  EXPECT_THAT(problems_of("hub = 1"), ElementsAre("f:1: hub: found integer 1; allowed table"));
  EXPECT_THAT(problems_of("[[hub]]"), ElementsAre("f:1: hub: found array; allowed table"));
  EXPECT_THAT(problems_of("[node]\ndomains = []"),
              ElementsAre("f:1: node: found table; allowed array of tables, each headed [[node]]"));
  EXPECT_THAT(
    problems_of("[tls]\ncertificate = 'corp.pem'"),
    ElementsAre("f:2: tls.certificate: found string \"corp.pem\"; allowed array of tables, each "
                "headed [[tls.certificate]]"));
  EXPECT_THAT(problems_of("node = [\n1,\n{ domains = ['a.example'], secret = '' }]"),
              ElementsAre("f:2: node[0]: found integer 1; allowed table",
                          "f:3: node[1].secret: found an empty string; allowed string, not empty"));
}

TEST(SyntaxErrors, have_their_line) {
  const auto problems = problems_of("[hub]\nname = 'x'\nthreads =\n");
  EXPECT_THAT(problems, ElementsAre(StartsWith("f:3: found a syntax error: ")));
  EXPECT_THAT(problems, ElementsAre(testing::EndsWith("; allowed TOML 1.0")));
  EXPECT_THAT(problems_of("[hub]\nname = 'a'\nname = 'b'\n"),
              ElementsAre(StartsWith("f:3: found a syntax error: ")));
  EXPECT_THAT(problems_of("[hub]\nname = \"\xff\"\n"),
              ElementsAre(StartsWith("f:2: found a syntax error: ")));
}

TEST(Problems, are_reported_all_at_once_and_by_line) {
  EXPECT_THAT(
    problems_of(R"([log]
level = "loud"

[hub]
threads = -1
nmae = "x"

[listen]
s2s = ["[::]:5269", "[::]:99999", 5]

[federation]
security_mode = "tls"
deny = ["*.", "b.example"]

[[static_route]]
address = "192.0.2.300"

[[node]]
protocol = "s2s"
domains = []
trusted_from = ["10.0.0.0/40"]
)"),
    ElementsAre(StartsWith("f:2: log.level: found \"loud\""),
                "f:5: hub.threads: found -1; allowed integer 0..256",
                StartsWith("f:6: hub.nmae: found an unknown key"),
                "f:9: listen.s2s[1]: found \"[::]:99999\"; allowed \"IPV4:PORT\" or "
                "\"[IPV6]:PORT\", port 0..65535",
                StartsWith("f:9: listen.s2s[2]: found integer 5"),
                "f:12: federation.security_mode: found \"tls\"; allowed \"no-tls\" | "
                "\"tls-optional\" | \"tls-required\"",
                StartsWith("f:13: federation.deny[0]: found \"*.\""),
                "f:15: static_route[0].domain: found nothing; allowed a domain, or \"*.\" and a "
                "domain",
                "f:16: static_route[0].address: found \"192.0.2.300\"; allowed \"HOST\", "
                "\"HOST:PORT\" or \"[IPV6]:PORT\", port 1..65535",
                "f:18: node[0].address: found nothing; allowed \"HOST\", \"HOST:PORT\" or "
                "\"[IPV6]:PORT\", port 1..65535",
                "f:20: node[0].domains: found an empty array; allowed one or more: a domain, or "
                "\"*.\" and a domain",
                "f:21: node[0].trusted_from[0]: found \"10.0.0.0/40\"; allowed "
                "\"ADDRESS/PREFIX-LENGTH\" or \"ADDRESS\""));
}

TEST(Listeners, need_an_address_of_their_own) {
  EXPECT_THAT(problems_of("[listen]\ns2s = ['[::]:5269', '[::]:5269']"),
              ElementsAre("f:2: listen.s2s[1]: found \"[::]:5269\", which listen.s2s[0] also has; "
                          "allowed each address once"));
  EXPECT_THAT(
    problems_of("[listen]\nnodes = ['127.0.0.1:9527']\n"),
    ElementsAre("f:1: listen.metrics: found \"127.0.0.1:9527\", which listen.nodes[0] also has; "
                "allowed each address once"));
  loaded("[listen]\ns2s = ['127.0.0.1:0', '127.0.0.1:0']\nnodes = ['127.0.0.1:0']");
}

TEST(Patterns, are_not_repeated) {
  EXPECT_THAT(problems_of("[federation]\nallow = ['a.example', '*.a.example', 'A.example.']"),
              ElementsAre("f:2: federation.allow[2]: found \"a.example\" twice; "
                          "allowed each pattern once"));
  loaded("[federation]\nallow = ['a.example']\ndeny = ['a.example']");
}

TEST(ClientCertificates, need_tls) {
  EXPECT_THAT(problems_of("[federation]\nsecurity_mode = 'no-tls'\n"
                          "require_client_certificates = true"),
              ElementsAre("f:3: federation.require_client_certificates: found true with "
                          "security_mode \"no-tls\"; allowed true where TLS is used"));
  loaded("[federation]\nsecurity_mode = 'tls-optional'\nrequire_client_certificates = true");
}

TEST(StaticRoutes, need_a_domain_and_a_target_each_once) {
  EXPECT_THAT(problems_of("[[static_route]]"), testing::SizeIs(2));
  EXPECT_THAT(problems_of("[[static_route]]\ndomain = '*'\naddress = '[::1]'"),
              ElementsAre("f:2: static_route[0].domain: found \"*\"; allowed a domain, or \"*.\" "
                          "and a domain"));
  const std::string row = "[[static_route]]\ndomain = 'a.example'\naddress = '192.0.2.1'\n";
  EXPECT_THAT(problems_of(row + row),
              ElementsAre("f:6: static_route[1].address: found \"192.0.2.1:5269\", which "
                          "static_route[0] also names; allowed each target of a domain once"));
  loaded(row + "[[static_route]]\ndomain = 'a.example'\naddress = '192.0.2.1:5270'\n"
         + "[[static_route]]\ndomain = '*.a.example'\naddress = '192.0.2.1'\n");
}

TEST(Problems, have_a_bound_and_are_counted) {
  struct {
    size_t count;
    size_t kept;
    size_t more;
    const char* summary;
  } table[] = {
    {1, 1, 0, "1 problem in f"},
    {100, 100, 0, "100 problems in f"},
    {101, 100, 1, "101 problems in the files of the configuration: the first 100, and 1 more"},
    {200000, 100, 199900,
     "200,000 problems in the files of the configuration: the first 100, and 199,900 more"},
  };
  for (const auto& [count, kept, more, summary] : table) {
    std::string text;
    for (size_t i = 0; i < count; ++i) // by name in the contrary order of their lines
      text += "zz" + std::to_string(1000000 - i) + " = 1\n";
    const auto result = load_text(text, "f");
    EXPECT_FALSE(result);
    EXPECT_EQ(result.more_problems, more);
    ASSERT_EQ(result.problems.size(), kept);
    for (size_t i = 0; i < kept; ++i)
      EXPECT_EQ(result.problems[i].line, i + 1);
    EXPECT_EQ(summary_of(result.problems, result.more_problems), summary);
  }
}

TEST(Problems, are_summed_up_with_a_file_only_if_all_are_in_it) {
  const problem here{"a.toml", 1, "k", "1", "2"};
  const problem there{"b.toml", 1, "k", "1", "2"};
  EXPECT_EQ(summary_of({there}, 0), "1 problem in b.toml");
  EXPECT_EQ(summary_of({there, there}, 0), "2 problems in b.toml");
  EXPECT_EQ(summary_of({here, there}, 0), "2 problems in the files of the configuration");
  EXPECT_EQ(more_text(0), "");
  EXPECT_EQ(more_text(1), "and 1 more problem");
  EXPECT_EQ(more_text(1234567), "and 1,234,567 more problems");
}

} // namespace
} // namespace fedhub::conf
