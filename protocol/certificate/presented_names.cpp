#include "protocol/certificate/presented_names.hpp"

#include <algorithm>
#include <optional>

#include "protocol/certificate/openssl_ptr.hpp"

namespace fedhub {

namespace {

constexpr std::string_view service_prefix = "_xmpp-server.";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// @param lower_case is in lower case.
bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, lower);
}

std::string_view octets_of(const ASN1_STRING* x) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(x)),
          static_cast<size_t>(ASN1_STRING_length(x))};
}

/// The name's type; `malformed` if the value is of another ASN.1 type than the name demands.
struct reading {
  presented_name name;
  bool malformed = false;
};

reading read_other_name(const OTHERNAME& x) {
  const auto read = [&x](name_type type, int asn1_type) -> reading {
    if (x.value == nullptr || x.value->type != asn1_type)
      return {{}, true};
    return {{type, std::string{octets_of(x.value->value.asn1_string)}}, false};
  };
  switch (OBJ_obj2nid(x.type_id)) {
  case NID_SRVName:
    return read(name_type::srv_name, V_ASN1_IA5STRING);
  case NID_XmppAddr:
    return read(name_type::xmpp_addr, V_ASN1_UTF8STRING);
  default:
    return {};
  }
}

reading read_name(const GENERAL_NAME& x) {
  if (x.type == GEN_DNS)
    return {{name_type::dns_name, std::string{octets_of(x.d.dNSName)}}, false};
  if (x.type == GEN_OTHERNAME)
    return read_other_name(*x.d.otherName);
  return {};
}

enum class how : uint8_t { not_at_all, exact, wildcard };

/// RFC 9525 §6.3.
how match_dns(std::string_view presented, std::string_view domain) {
  // `domain` is a valid name: what equals it can hold neither a NUL nor a character out of place.
  if (equal_ignoring_case(presented, domain))
    return how::exact;
  if (!presented.starts_with("*."))
    return how::not_at_all;
  presented.remove_prefix(1);
  const auto dot = domain.find('.');
  // "*.example" would speak for everybody under a top-level domain: nobody can own that.
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
  // No local part, resource or wildcard gets through: none of their characters is a host name's.
  return domain_name::parse(presented) == domain ? how::exact : how::not_at_all;
}

how match(const presented_name& x, const domain_name& domain) {
  switch (x.type) {
  case name_type::dns_name:
    return domain.is_ip_literal() ? how::not_at_all : match_dns(x.text, domain.str());
  case name_type::srv_name:
    return domain.is_ip_literal() ? how::not_at_all : match_srv(x.text, domain.str());
  case name_type::xmpp_addr:
    return match_xmpp_addr(x.text, domain);
  case name_type::none:
    break;
  }
  return how::not_at_all;
}

} // namespace

std::string_view to_string(name_type x) {
  switch (x) {
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
    auto x = read_name(*sk_GENERAL_NAME_value(all.get(), static_cast<int>(i)));
    out.malformed = out.malformed || x.malformed;
    if (x.name.type != name_type::none)
      out.names.push_back(std::move(x.name));
  }
  return out;
}

name_match match_name(const presented_names& names, const domain_name& domain) {
  name_match best;
  best.domain = domain;
  if (domain.empty())
    return best;
  for (const auto& x : names.names) {
    const auto result = match(x, domain);
    if (result == how::not_at_all || (result == how::wildcard && best))
      continue;
    best.type = x.type;
    best.wildcard = result == how::wildcard;
    best.presented = x.text;
    if (result == how::exact)
      break;
  }
  return best;
}

} // namespace fedhub
