// [[trust]]: what a remote domain must prove.
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using enum trust_method;

/// The base64 of the SHA-256 of an empty text, and of "abc" (FIPS 180-2 §B.1).
constexpr std::string_view pin_of_nothing = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
constexpr std::string_view pin_of_abc = "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

/// Returns a rule for partner.example with these lines. The first of them is line 3.
std::string rule(std::string_view lines) {
  return concat("[[trust]]\ndomain = 'partner.example'\n", lines);
}

TEST(Trust, has_a_rule_for_each_row_in_the_files_order) {
  const auto result = loaded(concat(R"(
dns.validating = true
[[trust]]
domain = "*.Partner.example"
methods = ["dane", "pin", "pkix"]
pins = [")",
                                    pin_of_abc, R"(", ")", pin_of_nothing, R"("]
security_mode = "tls-optional"
report_only = true
[[trust]]
domain = "*"
)"));
  ASSERT_THAT(result.trust, SizeIs(2));
  EXPECT_EQ(result.trust[0].domain.str(), "*.partner.example");
  EXPECT_THAT(result.trust[0].methods, ElementsAre(dane, pin, pkix));
  ASSERT_THAT(result.trust[0].pins, SizeIs(2));
  EXPECT_EQ(result.trust[0].pins[0][0], 0xba);
  EXPECT_EQ(result.trust[0].pins[0][31], 0xad);
  EXPECT_EQ(result.trust[0].pins[1][0], 0xe3);
  EXPECT_EQ(result.trust[0].security_mode, security_mode::tls_optional);
  EXPECT_TRUE(result.trust[0].report_only);
  EXPECT_EQ(result.trust[1].domain.str(), "*");
  EXPECT_THAT(result.trust[1].pins, ElementsAre());
  EXPECT_EQ(result.trust[1].security_mode, std::nullopt);
  EXPECT_FALSE(result.trust[1].report_only);
}

TEST(Trust, takes_its_methods_from_the_federation_where_it_names_none) {
  EXPECT_THAT(loaded(rule("")).trust.at(0).methods, ElementsAre(pkix, dialback));
  EXPECT_THAT(loaded(rule("[federation]\nrequire_client_certificates = true")).trust.at(0).methods,
              ElementsAre(pkix));
  EXPECT_THAT(loaded(rule("methods = ['dialback']\n[federation]\n"
                          "require_client_certificates = true"))
                .trust.at(0)
                .methods,
              ElementsAre(dialback));
  EXPECT_THAT(default_methods({}), ElementsAre(pkix, dialback));
}

TEST(Trust, needs_a_domain_in_each_rule_and_one_rule_for_each_domain) {
  constexpr auto allowed = "; allowed a domain, \"*.\" and a domain, or \"*\"";
  EXPECT_THAT(problems_of("[[trust]]\nreport_only = true"),
              ElementsAre(concat("f:1: trust[0].domain: found nothing", allowed)));
  EXPECT_THAT(problems_of("[[trust]]\ndomain = 'a b'"),
              ElementsAre(concat("f:2: trust[0].domain: found \"a b\"", allowed)));
  EXPECT_THAT(problems_of("[[trust]]\ndomain = '*.a.example'\n[[trust]]\ndomain = 'a.example'\n"
                          "[[trust]]\ndomain = '*.A.Example.'"),
              ElementsAre("f:6: trust[2].domain: found \"*.a.example\", which trust[0] also names; "
                          "allowed one rule for each domain"));
  EXPECT_THAT(problems_of("trust = 1"),
              ElementsAre("f:1: trust: found integer 1; allowed array of tables, each headed "
                          "[[trust]]"));
  EXPECT_THAT(problems_of("trust = [1]"),
              ElementsAre("f:1: trust[0]: found integer 1; allowed table"));
}

TEST(Trust, refuses_methods_that_are_none_or_come_twice) {
  constexpr auto allowed = R"("pkix" | "dane" | "pin" | "dialback")";
  const std::pair<std::string, std::string> cases[] = {
    {"methods = []", concat("methods: found an empty array; allowed one or more: ", allowed)},
    {"methods = 'pkix'", concat("methods: found string \"pkix\"; allowed array of ", allowed)},
    {"methods = ['PKIX', 'dialback']", concat("methods[0]: found \"PKIX\"; allowed ", allowed)},
    {"methods = [true]", concat("methods[0]: found boolean true; allowed string: ", allowed)},
    {"methods = ['dialback', 'pkix', 'dialback']",
     "methods[2]: found \"dialback\" twice; allowed each once"},
  };
  for (const auto& [line, expected] : cases)
    EXPECT_THAT(problems_of(rule(line)), ElementsAre("f:3: trust[0]." + expected));
}

TEST(Trust, takes_pins_in_one_form_only) {
  const auto digits = std::string{pin_of_nothing.substr(8)};
  for (const std::string& bad : {
         std::string{}, digits, "sha1//" + digits, "SHA256//" + digits, "sha256/" + digits,
         "sha256//" + digits.substr(0, 43),        // without its padding
         "sha256//" + digits.substr(0, 42) + "V=", // bits after the last octet
         "sha256//" + digits.substr(0, 40),        // 30 octets
         "sha256//AAAA" + digits,                  // 35 octets
         "sha256// " + digits, "sha256//" + digits + " ",
         std::string{"sha256//47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="}, // base64url
       })
    EXPECT_THAT(problems_of(rule(concat("methods = ['pin']\npins = ['", bad, "']"))),
                ElementsAre(concat("f:4: trust[0].pins[0]: found \"", bad,
                                   "\"; allowed \"sha256//\" and the base64 of a SHA-256 of a "
                                   "subjectPublicKeyInfo")))
      << bad;
}

TEST(Trust, has_pins_if_and_only_if_they_are_a_method) {
  const auto needed = "; allowed one or more pins, as methods has \"pin\"";
  EXPECT_THAT(problems_of(rule("methods = ['pkix', 'pin']")),
              ElementsAre(concat("f:1: trust[0].pins: found nothing", needed)));
  EXPECT_THAT(problems_of(rule("methods = ['pin']\npins = []")),
              ElementsAre(concat("f:4: trust[0].pins: found an empty array", needed)));
  loaded(rule("pins = []"));
  EXPECT_THAT(problems_of(rule(concat("pins = ['", pin_of_abc, "']"))),
              ElementsAre("f:3: trust[0].pins: found pins with methods \"pkix\", \"dialback\"; "
                          "allowed pins where methods has \"pin\""));
  EXPECT_THAT(problems_of(rule(concat("methods = ['pin']\npins = ['", pin_of_abc, "',\n'",
                                      pin_of_nothing, "',\n'", pin_of_abc, "']"))),
              ElementsAre("f:6: trust[0].pins[2]: found a pin twice; allowed each "
                          "pin once"));
}

TEST(Trust, has_a_method_that_works_without_tls_where_there_is_none) {
  constexpr auto allowed = "; allowed \"no-tls\" where methods has \"dialback\"";
  EXPECT_THAT(problems_of(rule("methods = ['pkix', 'dane']\nsecurity_mode = 'no-tls'")),
              ElementsAre(concat("f:4: trust[0].security_mode: found \"no-tls\" with methods "
                                 "\"pkix\", \"dane\"",
                                 allowed)));
  // The default methods count too.
  EXPECT_THAT(problems_of(rule("security_mode = 'no-tls'\n[federation]\n"
                               "require_client_certificates = true")),
              ElementsAre(concat("f:3: trust[0].security_mode: found \"no-tls\" with methods "
                                 "\"pkix\"",
                                 allowed)));
  // And so does the federation's mode.
  const std::string without_tls = "\n[federation]\nsecurity_mode = 'no-tls'";
  EXPECT_THAT(problems_of(rule("methods = ['pkix']" + without_tls)),
              ElementsAre("f:3: trust[0].methods: found \"pkix\" with federation.security_mode "
                          "\"no-tls\"; allowed methods with \"dialback\", or another "
                          "security_mode"));
  loaded(rule("methods = ['pkix']\nsecurity_mode = 'tls-required'" + without_tls));
  loaded(rule("methods = ['pkix', 'dialback']" + without_tls));
  loaded(rule("security_mode = 'no-tls'"));
  EXPECT_THAT(problems_of(rule("methods = ['pkix']\nsecurity_mode = 'none'" + without_tls)),
              ElementsAre("f:4: trust[0].security_mode: found \"none\"; allowed \"no-tls\" | "
                          "\"tls-optional\" | \"tls-required\""));
}

TEST(Trust, has_dane_alone_only_where_answers_are_validated) {
  EXPECT_THAT(problems_of(rule("methods = ['dane']")),
              ElementsAre("f:3: trust[0].methods: found \"dane\" alone with dns.validating = "
                          "false; allowed \"dane\" alone where dns.validating = true"));
  loaded(rule("methods = ['dane']\n[dns]\nvalidating = true"));
  loaded(rule("methods = ['dane', 'pkix']"));
}

TEST(Trust, knows_its_keys) {
  EXPECT_THAT(problems_of(rule("method = ['pkix']")),
              ElementsAre("f:3: trust[0].method: found an unknown key; allowed domain, methods, "
                          "pins, security_mode, report_only (did you mean methods?)"));
  EXPECT_THAT(problems_of(rule("report_only = 1")),
              ElementsAre("f:3: trust[0].report_only: found integer 1; allowed true | false"));
}

} // namespace
} // namespace fedhub::conf
