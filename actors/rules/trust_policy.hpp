// The proof that each remote domain must give, and whether a certificate gives it.
#pragma once

#include <string_view>
#include <vector>

#include "conf/schema/schema.hpp"
#include "metrics/labels.hpp"
#include "protocol/certificate/identity_proof.hpp"
#include "protocol/certificate/peer_certificate.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_map.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The trust rules in force: `[[trust]]`, and the default for all other domains. Immutable.
class trust_policy {
public:
  explicit trust_policy(const conf::config& config);

  /// Returns the most specific row for a remote domain: an exact one, else the wildcard with the
  /// most labels, else "*", else the default: "pkix" and, unless
  /// `federation.require_client_certificates`, "dialback". For a name that IDNA2003 maps
  /// differently: the stricter row of both forms.
  const conf::trust_rule& rule(const domain_name& remote) const;

  /// Returns whether `rule` returned this reference because no row matched.
  bool is_default(const conf::trust_rule& rule) const { return &rule == &default_; }

  /// Returns how streams with this domain have to be secured. Where dialback is not enough, only
  /// TLS can carry a sufficient proof.
  stream_security security(const domain_name& remote) const;

private:
  const conf::trust_rule& rule_of_form(const domain_name& remote) const;

  conf::trust_rule default_;
  stream_security security_;
  domain_map<conf::trust_rule> exact_;
  domain_map<conf::trust_rule> wildcard_; ///< by the part after "*."
};

/// Returns whether the rule accepts this method.
bool accepts(const conf::trust_rule& rule, conf::trust_method method);

/// The result of TLSA records for a certificate (RFC 7673); `unknown` if they were not asked for.
enum class dane_answer : uint8_t { unknown, matched, mismatched };

/// The proof that a certificate gives for one domain.
struct certificate_proof {
  identity_method by = identity_method::none;      ///< `pkix`, `dane`, `pin`, or `none`.
  sasl_failure why = sasl_failure::not_authorized; ///< of `none`: the failure for SASL EXTERNAL.
  std::string_view detail = {};                    ///< of `none`: the reason, for people.

  explicit operator bool() const { return by != identity_method::none; }
};

/// Applies the rule's methods in their order. Dialback is skipped: no certificate proves it.
/// @param path, spki of the certificate; @param match of the domain with the names in it.
certificate_proof prove(const conf::trust_rule& rule, const path_result& path,
                        const sha256_digest& spki, const name_match& match, dane_answer dane);

} // namespace fedhub
