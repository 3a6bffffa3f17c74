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

/// A TLSA record's data as it came: any octets, any numbers.
struct tlsa_record {
  uint8_t usage = 0;    ///< 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE (RFC 7218).
  uint8_t selector = 0; ///< 0 the certificate, 1 its subjectPublicKeyInfo; both in DER.
  uint8_t matching = 0; ///< 0 the thing itself, 1 its SHA-256, 2 its SHA-512.
  std::string data;

  /// "3 1 1", for people.
  std::string str() const;
  friend bool operator==(const tlsa_record&, const tlsa_record&) = default;
};

enum class dane_status : uint8_t {
  matched,
  no_match,
  no_usable_records, ///< as if there were no records (RFC 7671 §4.1, 10.1).
};

/// "matched", "no-match", "no-usable-records": log word and metric label.
std::string_view to_string(dane_status x);

struct dane_request {
  /// The chain, and by what rules its path is checked. The trust store counts for the usages 0 and
  /// 1 only.
  path_request chain;
  std::span<const tlsa_record> records; ///< secure ones (RFC 7673 §3.3).
  /// Reference identifiers: one of them must be in the certificate, but for usage 3.
  std::span<const domain_name> names;
};

struct dane_result {
  dane_status status = dane_status::no_match;
  const tlsa_record* by = nullptr; ///< one of `records`, if `matched`.
  /// If not: why the nearest miss is one, a static text; e.g. a record matches, but no name does.
  std::string_view detail = {};
};

/// Holds a certificate against TLSA records. One record that matches is enough:
///
/// - usage 3, DANE-EE: the peer's certificate is the one. Neither names nor times nor purpose count
///   (RFC 7671 §5.1).
/// - usage 1, PKIX-EE: so it is, the path to the trust store holds and a name matches.
/// - usage 2, DANE-TA: a certificate that issued, at any distance, is the one; the path to it holds
///   and a name matches. It must have been sent, unless the record has the whole of it (2 0 0).
/// - usage 0, PKIX-TA: a certificate that issued is the one and is on the path to the trust store,
///   which holds, and a name matches.
///
/// Records with unknown numbers, or with data that is not what the numbers say, are not usable. Of
/// the digests that one usage and selector have, the weaker do not count (RFC 7671 §9).
///
/// Leaves nothing in OpenSSL's error queue.
dane_result match_dane(const dane_request& x);

/// The reference identifiers of a server that was found by secure SRV records, or without any (RFC
/// 7673 §4.1): the domain that was to be reached, the target's host, and the name that the records
/// were found below (RFC 7671 §7). What is no domain name is left out.
std::vector<domain_name> dane_reference_names(const domain_name& source, std::string_view host,
                                              std::string_view base);

} // namespace fedhub
