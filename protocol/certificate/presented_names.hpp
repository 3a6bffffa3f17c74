// Matches the names in a certificate with a domain: RFC 9525 with XMPP's name types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/x509.h>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The kinds of subjectAltName that identify an XMPP server (RFC 6120 §13.7.1.2). The common name
/// never does (RFC 9525 §2), and neither does an iPAddress.
enum class name_type : uint8_t {
  none,
  dns_name,  ///< dNSName.
  srv_name,  ///< otherName id-on-dnsSRV (RFC 4985).
  xmpp_addr, ///< otherName id-on-xmppAddr (RFC 6120 §13.7.1.4).
};

/// Returns "none", "dNSName", "SRVName" or "xmppAddr": log word and metric label.
std::string_view to_string(name_type type);

/// A presented identifier as the certificate has it: any octets.
struct presented_name {
  name_type type = name_type::none;
  std::string text;
};

struct presented_names {
  /// The longest list that is read. Hosting companies put some hundred names into a certificate,
  /// and each stream of a peer costs the time to compare all of them.
  static constexpr size_t max_names = 1024;

  std::vector<presented_name> names; ///< of XMPP's types, in the certificate's order.
  bool cut = false;       ///< the list is longer than `max_names`, and the rest was not read.
  bool malformed = false; ///< the extension, or one of these names, violates its type.

  /// Reads the names in the subjectAltName of a certificate.
  static presented_names of(const X509& certificate);
};

/// The name in a certificate that matched a domain.
struct name_match {
  domain_name domain; ///< the requested domain.
  name_type type = name_type::none;
  bool wildcard = false;
  std::string presented; ///< the identifier that matched; printable ASCII or UTF-8, as presented.

  explicit operator bool() const { return type != name_type::none; }
};

/// Finds a name that stands for `domain`: the first exact match, else the first wildcard match.
///
/// - dNSName: the same labels, without regard to ASCII case. "*" may replace the whole left-most
///   label of at least three, and matches exactly one label (RFC 9525 §6.3).
/// - SRVName: "_xmpp-server." and a DNS domain name. RFC 9525 §6.3 states its rules, including
///   those for the wildcard, for the DNS domain name portion of an identifier. So they hold after
///   the service as well ("_xmpp-server.*.example.net"). The service itself is compared without
///   regard to case (§6.5) and has no wildcard.
/// - xmppAddr: a bare domain, compared in its prepared form, so that U-labels match as well. No
///   wildcard.
///
/// dNSName and SRVName contain A-labels only. They never match a domain that is an IP literal.
name_match match_name(const presented_names& names, const domain_name& domain);

} // namespace fedhub
