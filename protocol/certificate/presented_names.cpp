#include "protocol/certificate/presented_names.hpp"

#include <algorithm>
#include <optional>

#include "protocol/certificate/openssl_ptr.hpp"

namespace fedhub {

namespace {

constexpr std::string_view service_prefix = "_xmpp-server.";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// @param lower_case must be in lower case.
bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, lower);
}

std::string_view octets_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

/// A name with its type; `malformed` if the value does not have the ASN.1 type that the name
/// requires.
struct reading {
  presented_name name;
  bool malformed = false;
};

reading read_other_name(const OTHERNAME& name) {
  const auto read = [&name](name_type type, int asn1_type) -> reading {
    if (name.value == nullptr || name.value->type != asn1_type)
      return {{}, true};
    return {{type, std::string{octets_of(name.value->value.asn1_string)}}, false};
  };
  switch (OBJ_obj2nid(name.type_id)) {
  case NID_SRVName:
    return read(name_type::srv_name, V_ASN1_IA5STRING);
  case NID_XmppAddr:
    return read(name_type::xmpp_addr, V_ASN1_UTF8STRING);
  default:
    return {};
  }
}

reading read_name(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS)
    return {{name_type::dns_name, std::string{octets_of(name.d.dNSName)}}, false};
  if (name.type == GEN_OTHERNAME)
    return read_other_name(*name.d.otherName);
  return {};
}

enum class how : uint8_t { not_at_all, exact, wildcard };

/// RFC 9525 §6.3.
how match_dns(std::string_view presented, std::string_view domain) {
  // `domain` is a valid name, so a text equal to it has neither a NUL nor any other invalid
  // character.
  if (equal_ignoring_case(presented, domain))
    return how::exact;
  if (!presented.starts_with("*."))
    return how::not_at_all;
  presented.remove_prefix(1);
  const auto dot = domain.find('.');
  // "*.example" would match all names under a top-level domain, which nobody can own.
  if (dot == domain.npos || presented.find('.', 1) == presented.npos)
    return how::not_at_all;
  return equal_ignoring_case(presented, domain.substr(dot)) ? how::wildcard : how::not_at_all;
}

how match_srv(std::string_view presented, std::string_view domain) {
  if (!equal_ignoring_case(presented.substr(0, service_prefix.size()), service_prefix))
    return how::not_at_all;
  return match_dns(presented.substr(service_prefix.size()), domain);
}

how match_xmpp_addr(std::string_view presented, const domain_name& domain) {
  // A local part, resource or wildcard never parses: none of their characters is allowed in a host
  // name.
  return domain_name::parse(presented) == domain ? how::exact : how::not_at_all;
}

how match(const presented_name& name, const domain_name& domain) {
  switch (name.type) {
  case name_type::dns_name:
    return domain.is_ip_literal() ? how::not_at_all : match_dns(name.text, domain.str());
  case name_type::srv_name:
    return domain.is_ip_literal() ? how::not_at_all : match_srv(name.text, domain.str());
  case name_type::xmpp_addr:
    return match_xmpp_addr(name.text, domain);
  case name_type::none:
    break;
  }
  return how::not_at_all;
}

} // namespace

std::string_view to_string(name_type type) {
  switch (type) {
  case name_type::dns_name:
    return "dNSName";
  case name_type::srv_name:
    return "SRVName";
  case name_type::xmpp_addr:
    return "xmppAddr";
  case name_type::none:
    break;
  }
  return "none";
}

presented_names presented_names::of(const X509& certificate) {
  presented_names out;
  int found = 0; // -1: there is no such extension; -2: there are several
  const openssl_ptr<GENERAL_NAMES> all{static_cast<GENERAL_NAMES*>(
    X509_get_ext_d2i(&certificate, NID_subject_alt_name, &found, nullptr))};
  out.malformed = !all && found != -1;
  const auto count = static_cast<size_t>(std::max(0, sk_GENERAL_NAME_num(all.get())));
  out.cut = count > max_names;
  for (size_t i = 0; i < std::min(count, max_names); ++i) {
    auto entry = read_name(*sk_GENERAL_NAME_value(all.get(), static_cast<int>(i)));
    out.malformed = out.malformed || entry.malformed;
    if (entry.name.type != name_type::none)
      out.names.push_back(std::move(entry.name));
  }
  return out;
}

name_match match_name(const presented_names& names, const domain_name& domain) {
  name_match best;
  best.domain = domain;
  if (domain.empty())
    return best;
  for (const auto& name : names.names) {
    const auto result = match(name, domain);
    if (result == how::not_at_all || (result == how::wildcard && best))
      continue;
    best.type = name.type;
    best.wildcard = result == how::wildcard;
    best.presented = name.text;
    if (result == how::exact)
      break;
  }
  return best;
}

} // namespace fedhub
