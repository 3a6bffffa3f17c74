// DANE: certificates bound to names by DNSSEC. RFC 6698, 7671; for servers found by SRV RFC 7673.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/certificate/certificate_path.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The data of a TLSA record as received: any octets, any numbers.
struct tlsa_record {
  uint8_t usage = 0;    ///< 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE (RFC 7218).
  uint8_t selector = 0; ///< 0 the certificate, 1 its subjectPublicKeyInfo; both in DER.
  uint8_t matching = 0; ///< 0 the selected octets themselves, 1 their SHA-256, 2 their SHA-512.
  std::string data;

  /// Returns the three numbers for people, e.g. "3 1 1".
  std::string str() const;
  friend bool operator==(const tlsa_record&, const tlsa_record&) = default;
};

enum class dane_status : uint8_t {
  matched,
  no_match,
  no_usable_records, ///< treated as if there were no records (RFC 7671 §4.1, 10.1).
};

/// Returns "matched", "no-match" or "no-usable-records": log word and metric label.
std::string_view to_string(dane_status status);

struct dane_request {
  /// The chain, and the rules by which its path is checked. The trust store matters only for the
  /// usages 0 and 1.
  path_request chain;
  std::span<const tlsa_record> records; ///< secured by DNSSEC (RFC 7673 §3.3).
  /// Reference identifiers. The certificate must have one of them, except with usage 3.
  std::span<const domain_name> names;
};

struct dane_result {
  dane_status status = dane_status::no_match;
  const tlsa_record* by = nullptr; ///< the matching one of `records`, if `matched`.
  /// If not `matched`: why the nearest miss did not match, e.g. a record matches, but no name does.
  /// A static text.
  std::string_view detail = {};
};

/// Compares a certificate chain with TLSA records. One matching record is enough:
///
/// - usage 3, DANE-EE: the record describes the peer's certificate. Names, times and purpose do not
///   matter (RFC 7671 §5.1).
/// - usage 1, PKIX-EE: the record describes the peer's certificate, its path to the trust store is
///   valid, and a name matches.
/// - usage 2, DANE-TA: the record describes a certificate that issued the peer's, directly or not.
///   The path to it is valid, and a name matches. The peer must have sent that certificate, unless
///   the record contains the whole of it (2 0 0).
/// - usage 0, PKIX-TA: the record describes a certificate that issued the peer's and lies on the
///   path to the trust store. That path is valid, and a name matches.
///
/// A record with unknown numbers, or with data that does not fit its numbers, is not usable. If the
/// records of one usage and selector have several digests, the weaker ones are ignored (RFC 7671
/// §9).
///
/// Leaves nothing in OpenSSL's error queue.
dane_result match_dane(const dane_request& request);

/// Returns the reference identifiers of a server that was found by secure SRV records, or without
/// SRV records (RFC 7673 §4.1): the domain to be reached, the target's host, and the base name of
/// the TLSA records (RFC 7671 §7). Texts that are no domain name are left out.
std::vector<domain_name> dane_reference_names(const domain_name& source, std::string_view host,
                                              std::string_view base);

} // namespace fedhub
