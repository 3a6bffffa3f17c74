#include "actors/rules/trust_policy.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "conf/file/loader.hpp"

namespace fedhub {
namespace {

using testing::ElementsAre;

using enum conf::trust_method;

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

trust_policy policy_of(std::string_view text) {
  auto loaded = conf::load_text(text, "f");
  for (auto& problem : loaded.problems)
    ADD_FAILURE() << to_string(problem);
  return trust_policy{loaded.value ? *loaded.value : conf::config{}};
}

constexpr std::string_view rules = R"(
[dns]
validating = true
[[trust]]
domain = "chat.partner.example"
methods = ["dane"]
[[trust]]
domain = "*.partner.example"
methods = ["pkix"]
[[trust]]
domain = "*.example"
methods = ["dialback"]
security_mode = "no-tls"
)";

TEST(TrustPolicy, finds_the_most_specific_rule) {
  const auto policy = policy_of(rules);
  const auto methods = [&](std::string_view x) { return policy.rule(domain(x)).methods; };
  EXPECT_THAT(methods("chat.partner.example"), ElementsAre(dane));
  EXPECT_THAT(methods("other.partner.example"), ElementsAre(pkix));
  EXPECT_THAT(methods("a.chat.partner.example"), ElementsAre(pkix));
  EXPECT_THAT(methods("partner.example"), ElementsAre(dialback));
  EXPECT_THAT(methods("elsewhere.test"), ElementsAre(pkix, dialback));
}

TEST(TrustPolicy, takes_the_stricter_rule_of_both_forms_of_a_name) {
  const auto row = [](std::string_view domain, std::string_view methods) {
    return fmt::format("[[trust]]\ndomain = '{}'\nmethods = [{}]\n", domain, methods);
  };
  const struct {
    std::string rows;
    const char* domain;
    std::vector<conf::trust_method> methods;
  } cases[] = {
    {row("straße.example", "'pkix'"), "strasse.example", {pkix}},
    {row("straße.example", "'pkix'"), "straße.example", {pkix}},
    {row("strasse.example", "'pkix'"), "straße.example", {pkix}},
    {row("strasse.example", "'dialback'") + row("straße.example", "'pkix'"),
     "strasse.example",
     {dialback}},
    {row("strasse.example", "'dialback'") + row("straße.example", "'pkix'"),
     "straße.example",
     {pkix}},
    {row("strasse.example", "'pkix'") + row("straße.example", "'dialback'"),
     "straße.example",
     {pkix}},
    {row("*.straße.example", "'pkix'"), "a.strasse.example", {pkix}},
    {row("straße.example", "'pkix'"), "strase.example", {pkix, dialback}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(policy_of(c.rows).rule(domain(c.domain)).methods, c.methods) << c.rows << c.domain;
}

TEST(TrustPolicy, asks_for_a_certificate_everywhere_if_configured) {
  const auto policy = policy_of("[federation]\nrequire_client_certificates = true\n");
  EXPECT_THAT(policy.rule(domain("a.example")).methods, ElementsAre(pkix));
}

TEST(TrustPolicy, lets_a_rule_for_all_take_the_place_of_the_default) {
  const auto policy = policy_of("[[trust]]\ndomain = '*'\nmethods = ['pin', 'pkix']\npins = "
                                "['sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=']\n");
  EXPECT_THAT(policy.rule(domain("a.example")).methods, ElementsAre(pin, pkix));
}

TEST(TrustPolicy, secures_streams_as_the_rule_says_and_where_only_tls_can_carry_the_proof) {
  const auto policy =
    policy_of(std::string{"[federation]\nsecurity_mode = 'tls-optional'\n"}.append(rules).append(
      "[[trust]]\ndomain = 'watched.test'\nmethods = ['pkix']\nreport_only = true\n"));
  EXPECT_EQ(policy.security(domain("x.partner.example")), stream_security::tls_required);
  EXPECT_EQ(policy.security(domain("plain.example")), stream_security::no_tls);
  EXPECT_EQ(policy.security(domain("elsewhere.test")), stream_security::tls_optional);
  EXPECT_EQ(policy.security(domain("watched.test")), stream_security::tls_optional);
}

// ---- what a certificate proves -----------------------------------------------------------------

struct prove_row {
  const char* title;
  std::vector<conf::trust_method> methods;
  path_status path;
  bool name_matches;
  bool pinned;
  dane_answer dane;
  identity_method by;
  sasl_failure why = sasl_failure::not_authorized;
};

class prove_table : public testing::TestWithParam<prove_row> {};

TEST_P(prove_table, proves_or_tells_why_not) {
  auto& row = GetParam();
  conf::trust_rule rule;
  rule.methods = row.methods;
  rule.pins = {sha256_digest{1, 2, 3}};
  certificate_verdict certificate;
  certificate.path.status = row.path;
  if (row.pinned)
    certificate.spki_sha256 = {1, 2, 3};
  name_match match;
  match.domain = domain("a.example");
  if (row.name_matches)
    match.type = name_type::dns_name;
  const auto proof = prove(rule, certificate.path, certificate.spki_sha256, match, row.dane);
  EXPECT_EQ(proof.by, row.by) << row.title;
  if (!proof) {
    EXPECT_EQ(proof.why, row.why) << row.title;
    EXPECT_FALSE(proof.detail.empty()) << row.title;
  }
}

INSTANTIATE_TEST_SUITE_P(rows, prove_table,
                         testing::Values(prove_row{"path and name",
                                                   {pkix, dialback},
                                                   path_status::ok,
                                                   true,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::pkix},
                                         prove_row{"another name",
                                                   {pkix, dialback},
                                                   path_status::ok,
                                                   false,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::none},
                                         prove_row{"no path",
                                                   {pkix},
                                                   path_status::self_signed,
                                                   true,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::none},
                                         prove_row{"expired",
                                                   {pkix},
                                                   path_status::expired,
                                                   true,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::none,
                                                   sasl_failure::credentials_expired},
                                         prove_row{"the CRL is out of date",
                                                   {pkix},
                                                   path_status::crl_expired,
                                                   true,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::none,
                                                   sasl_failure::temporary_auth_failure},
                                         prove_row{"no certificate, whatever is pinned",
                                                   {pin, dane},
                                                   path_status::no_certificate,
                                                   false,
                                                   true,
                                                   dane_answer::matched,
                                                   identity_method::none},
                                         prove_row{"a pinned key, whatever its path and names",
                                                   {pin},
                                                   path_status::self_signed,
                                                   false,
                                                   true,
                                                   dane_answer::unknown,
                                                   identity_method::pin},
                                         prove_row{"another key than the pinned one",
                                                   {pin},
                                                   path_status::ok,
                                                   true,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::none},
                                         prove_row{"a pin that no method asks for",
                                                   {pkix},
                                                   path_status::self_signed,
                                                   true,
                                                   true,
                                                   dane_answer::unknown,
                                                   identity_method::none},
                                         prove_row{"TLSA records that name it",
                                                   {dane},
                                                   path_status::unknown_ca,
                                                   false,
                                                   false,
                                                   dane_answer::matched,
                                                   identity_method::dane},
                                         prove_row{"TLSA records that name another",
                                                   {dane},
                                                   path_status::ok,
                                                   true,
                                                   false,
                                                   dane_answer::mismatched,
                                                   identity_method::none},
                                         prove_row{"the first method that holds counts",
                                                   {dane, pkix},
                                                   path_status::ok,
                                                   true,
                                                   false,
                                                   dane_answer::matched,
                                                   identity_method::dane},
                                         prove_row{"dialback is no certificate's method",
                                                   {dialback},
                                                   path_status::ok,
                                                   true,
                                                   false,
                                                   dane_answer::unknown,
                                                   identity_method::none}));

/// Returns the least time of the processor, in seconds, that a policy needs for rules of domains
/// with a form of IDNA2003.
double time_for_rules(size_t count) {
  conf::config config;
  for (size_t i = 0; i < count; ++i) {
    auto& rule = config.trust.emplace_back();
    rule.domain = domain_pattern::parse(fmt::format("stra\u00dfe{}.example", i)).value();
    rule.methods = {pkix};
  }
  double least = 1e9;
  for (int run = 0; run < 3; ++run) {
    const auto begun = std::clock();
    const trust_policy policy{config};
    least = std::min(least, static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC);
  }
  return least;
}

TEST(TrustPolicy, takes_time_in_proportion_to_its_rules) {
  EXPECT_LT(time_for_rules(16000) / time_for_rules(2000), 16) << "quadratic work would give 64";
}

} // namespace
} // namespace fedhub
