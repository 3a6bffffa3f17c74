#include "protocol/certificate/peer_certificate.hpp"

#include <algorithm>
#include <cstdlib>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "protocol/certificate/asn1_time.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

/// Returns the name as one line, in which no octet can forge another log line.
std::string shown(const X509_NAME* name) {
  const openssl_ptr<BIO> out{BIO_new(BIO_s_mem())};
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0)
    return {};
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(out.get(), &text));
  return std::string{clip({text, size}, certificate_verdict::max_shown_name)};
}

/// Returns the digest of an object in DER; zeros if the object cannot be encoded.
/// @param encode OpenSSL's i2d function for `object`.
template <class T>
sha256_digest der_digest_of(const T* object, int (*encode)(const T*, unsigned char**)) {
  sha256_digest digest{};
  unsigned char* der = nullptr;
  const int size = encode(object, &der);
  if (size <= 0)
    return digest;
  size_t length = 0;
  const bool made =
    EVP_Q_digest(nullptr, "SHA256", nullptr, der, static_cast<size_t>(size), digest.data(), &length)
    == 1;
  OPENSSL_free(der);
  // The digest fails only if OpenSSL is unusable, and then the hub cannot go on.
  if (!made || length != digest.size())
    std::abort();
  return digest;
}

} // namespace

bool certificate_verdict::proves(const domain_name& domain) const {
  return path.status == path_status::ok && std::ranges::any_of(names, [&](const name_match& match) {
           return match && match.domain == domain;
         });
}

certificate_facts facts_of(const X509& certificate) {
  return {.not_before = to_sys_seconds(X509_get0_notBefore(&certificate)),
          .not_after = to_sys_seconds(X509_get0_notAfter(&certificate)),
          .subject = shown(X509_get_subject_name(&certificate)),
          .issuer = shown(X509_get_issuer_name(&certificate)),
          .sha256 = der_digest_of<X509>(&certificate, i2d_X509)};
}

certificate_verdict judge_certificate(const path_request& request,
                                      std::span<const domain_name> domains) {
  certificate_verdict verdict;
  verdict.path = check_path(request);
  if (request.leaf == nullptr)
    return verdict;

  const auto presented = presented_names::of(*request.leaf);
  verdict.names_cut = presented.cut;
  verdict.names_malformed = presented.malformed;
  verdict.names.reserve(domains.size());
  for (const auto& domain : domains)
    verdict.names.push_back(match_name(presented, domain));

  verdict.eku = eku_class_of(*request.leaf);
  static_cast<certificate_facts&>(verdict) = facts_of(*request.leaf);
  verdict.spki_sha256 = der_digest_of(X509_get_X509_PUBKEY(request.leaf), i2d_X509_PUBKEY);
  ERR_clear_error(); // unreadable parts left errors
  return verdict;
}

} // namespace fedhub
