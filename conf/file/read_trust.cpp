#include <algorithm>
#include <map>
#include <set>

#include "conf/file/read_config.hpp"
#include "protocol/text/base64.hpp"

namespace fedhub::conf {

namespace {

constexpr std::string_view pin_prefix = "sha256//";
constexpr std::string_view pin_allowed =
  R"("sha256//" and the base64 of a SHA-256 of a subjectPublicKeyInfo)";

/// Parses the form of curl's --pinnedpubkey; the hash is the one of RFC 7469 §2.4.
std::optional<sha256_digest> parse_pin(std::string_view text) {
  if (!text.starts_with(pin_prefix))
    return {};
  const auto octets = from_base64(text.substr(pin_prefix.size()));
  sha256_digest result{};
  if (!octets || octets->size() != result.size())
    return {};
  std::ranges::copy(*octets, result.begin());
  return result;
}

bool has(const std::vector<trust_method>& methods, trust_method method) {
  return std::ranges::find(methods, method) != methods.end();
}

std::string listed(const std::vector<trust_method>& methods) {
  std::string result;
  for (const auto method : methods)
    (result += result.empty() ? "" : ", ") += in_quotes(to_string(method));
  return result;
}

void check_pins(table_reader& table, const trust_rule& rule) {
  std::set<sha256_digest> known;
  for (size_t i = 0; i < rule.pins.size(); ++i)
    if (rule.pins[i] != sha256_digest{} && !known.insert(rule.pins[i]).second)
      table.report_element("pins", i, "a pin twice", "each pin once");
  if (has(rule.methods, trust_method::pin) && rule.pins.empty())
    table.report("pins", table.has("pins") ? "an empty array" : "nothing",
                 R"(one or more pins, as methods has "pin")");
  // Otherwise an operator who pins a key without the method "pin" would not notice that the pin has
  // no effect.
  if (!has(rule.methods, trust_method::pin) && !rule.pins.empty())
    table.report("pins", "pins with methods " + listed(rule.methods),
                 R"(pins where methods has "pin")");
}

/// Without TLS there is no certificate, so only dialback can prove a domain.
void check_security(const table_reader& table, const trust_rule& rule,
                    const federation_config& federation) {
  if (rule.security_mode.value_or(federation.security_mode) != security_mode::no_tls
      || has(rule.methods, trust_method::dialback))
    return;
  if (rule.security_mode)
    table.report("security_mode", R"("no-tls" with methods )" + listed(rule.methods),
                 R"("no-tls" where methods has "dialback")");
  else
    table.report("methods", listed(rule.methods) + R"( with federation.security_mode "no-tls")",
                 R"(methods with "dialback", or another security_mode)");
}

/// Answers that are not validated prove nothing.
void check_dane(const table_reader& table, const trust_rule& rule, const dns_config& dns) {
  if (!dns.validating && rule.methods == std::vector{trust_method::dane})
    table.report("methods", R"("dane" alone with dns.validating = false)",
                 R"("dane" alone where dns.validating = true)");
}

trust_rule read_rule(table_reader& table, const federation_config& federation,
                     const dns_config& dns) {
  trust_rule result;
  result.methods = default_methods(federation);
  table.parsed("domain", result.domain, domain_pattern::parse, pattern_allowed);
  table.require("domain", pattern_allowed);
  const bool methods_good = table.distinct_choices(
    "methods", result.methods,
    {trust_method::pkix, trust_method::dane, trust_method::pin, trust_method::dialback});
  result.methods_given = table.has("methods");
  table.list("pins", result.pins, parse_pin, pin_allowed);
  auto mode = federation.security_mode;
  const bool mode_good =
    table.choice("security_mode", mode,
                 {security_mode::no_tls, security_mode::tls_optional, security_mode::tls_required});
  if (mode_good && table.has("security_mode"))
    result.security_mode = mode;
  table.boolean("report_only", result.report_only);
  table.finish();
  if (table.present() && methods_good) {
    check_pins(table, result);
    check_dane(table, result, dns);
    if (mode_good)
      check_security(table, result, federation);
  }
  return result;
}

} // namespace

std::vector<trust_rule> read_trust(table_reader& root, const federation_config& federation,
                                   const dns_config& dns) {
  std::vector<trust_rule> result;
  std::map<std::string, size_t> first;
  for (auto& table : root.tables("trust")) {
    const auto& rule = result.emplace_back(read_rule(table, federation, dns));
    if (rule.domain == domain_pattern{})
      continue;
    const auto [other, fresh] = first.emplace(rule.domain.str(), result.size() - 1);
    if (!fresh)
      table.report("domain",
                   in_quotes(rule.domain.str()) + ", which " + path_of("trust", other->second)
                     + " also names",
                   "one rule for each domain");
  }
  return result;
}

} // namespace fedhub::conf
