// What each remote domain must prove, and whether a certificate does.
#pragma once

#include <string_view>
#include <vector>

#include "conf/schema/schema.hpp"
#include "metrics/labels.hpp"
#include "protocol/certificate/identity_proof.hpp"
#include "protocol/certificate/peer_certificate.hpp"
#include "protocol/text/domain_map.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The trust rules in force (`[[trust]]`, and what holds where no row does). Immutable.
class trust_policy {
public:
  explicit trust_policy(const conf::config& x);

  /// The most specific row for a remote domain: an exact one, else the wildcard with the most
  /// labels, else "*", else the default: "pkix" and, unless
  /// `federation.require_client_certificates`, "dialback".
  /// Of a name that IDNA2003 maps differently, the stricter one of both forms' rows.
  const conf::trust_rule& rule(const domain_name& remote) const;

  /// How streams with this domain are to be secured. Where dialback is not enough, only TLS can
  /// carry what is.
  stream_security security(const domain_name& remote) const;

private:
  const conf::trust_rule& rule_of_form(const domain_name& remote) const;

  conf::trust_rule default_;
  stream_security security_;
  domain_map<conf::trust_rule> exact_;
  domain_map<conf::trust_rule> wildcard_; ///< by the part behind "*."
};

/// Whether the rule takes this method.
bool accepts(const conf::trust_rule& rule, conf::trust_method method);

/// What TLSA records said about a certificate (RFC 7673); `unknown` where they were not asked for.
enum class dane_answer : uint8_t { unknown, matched, mismatched };

/// What a certificate proves of one domain.
struct certificate_proof {
  identity_method by = identity_method::none;      ///< `pkix`, `dane`, `pin`, or `none`.
  sasl_failure why = sasl_failure::not_authorized; ///< of `none`: what SASL EXTERNAL is told.
  std::string_view detail = {};                    ///< of `none`: for people.

  explicit operator bool() const { return by != identity_method::none; }
};

/// Applies the rule's methods in their order; dialback is none of a certificate's.
/// @param path, spki of the certificate; @param match of the domain with the names in it.
certificate_proof prove(const conf::trust_rule& rule, const path_result& path,
                        const sha256_digest& spki, const name_match& match, dane_answer dane);

} // namespace fedhub
