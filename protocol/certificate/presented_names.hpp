// The names in a certificate, and whether they stand for a domain: RFC 9525 with XMPP's name types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/x509.h>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The kinds of subjectAltName that identify an XMPP server (RFC 6120 §13.7.1.2). The common name
/// never does (RFC 9525 §2), nor does an iPAddress.
enum class name_type : uint8_t {
  none,
  dns_name,  ///< dNSName.
  srv_name,  ///< otherName id-on-dnsSRV (RFC 4985).
  xmpp_addr, ///< otherName id-on-xmppAddr (RFC 6120 §13.7.1.4).
};

/// "none", "dNSName", "SRVName", "xmppAddr": log word and metric label.
std::string_view to_string(name_type x);

/// A presented identifier as it stands in the certificate: any octets.
struct presented_name {
  name_type type = name_type::none;
  std::string text;
};

struct presented_names {
  /// Longest list that is looked at. Hosting companies put some hundred names into a certificate;
  /// each stream of a peer costs the time for all of them.
  static constexpr size_t max_names = 1024;

  std::vector<presented_name> names; ///< of XMPP's types, in the certificate's order.
  bool cut = false;       ///< the list is longer than `max_names`: the rest was not looked at.
  bool malformed = false; ///< the extension, or one of these names, is not what its type says.

  static presented_names of(const X509& certificate);
};

/// How a domain was found in a certificate.
struct name_match {
  domain_name domain; ///< that was asked for.
  name_type type = name_type::none;
  bool wildcard = false;
  std::string presented; ///< the identifier that matched; printable ASCII or UTF-8, as presented.

  explicit operator bool() const { return type != name_type::none; }
};

/// Whether one of the names stands for `domain`; of several, the first exact one, else the first
/// wildcard.
///
/// - dNSName: the same labels, without regard to ASCII case. "*" may stand for the whole left-most
///   label of at least three, and matches exactly one label (RFC 9525 §6.3).
/// - SRVName: "_xmpp-server." and a DNS domain name. RFC 9525 §6.3 gives its rules, the wildcard's
///   among them, for the DNS domain name portion of an identifier, so they hold behind the service
///   too ("_xmpp-server.*.example.net"); the service itself is compared without regard to case
///   (§6.5) and has no wildcard.
/// - xmppAddr: a bare domain, compared in its prepared form, so that U-labels match too. No
///   wildcard.
///
/// dNSName and SRVName carry A-labels only. They never match a domain that is an IP literal.
name_match match_name(const presented_names& names, const domain_name& domain);

} // namespace fedhub
