#include "actors/tls/intermediate_cache.hpp"

#include <algorithm>

#include <openssl/evp.h>

namespace fedhub {

namespace {

constexpr size_t digest_octets = sha256_digest{}.size();

std::optional<sha256_digest> fingerprint_of(const X509* certificate) {
  if (i2d_X509(certificate, nullptr) > static_cast<int>(intermediate_cache::max_octets))
    return {};
  sha256_digest result{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), result.data(), &size) != 1 || size != result.size())
    return {};
  return result;
}

} // namespace

std::optional<std::string> intermediate_cache::keep(const STACK_OF(X509) * chain) {
  const auto count = std::max(sk_X509_num(chain), 0); // -1: null
  if (static_cast<size_t>(count) > max_chain)
    return {};
  std::string fingerprints;
  const std::lock_guard lock{mutex_};
  for (int i = 0; i < count; ++i) {
    auto* certificate = sk_X509_value(chain, i);
    const auto fingerprint = fingerprint_of(certificate);
    if (!fingerprint)
      return {};
    fingerprints.append(fingerprint->begin(), fingerprint->end());
    if (certificates_.use(*fingerprint) == nullptr) {
      X509_up_ref(certificate);
      certificates_.put(*fingerprint, openssl_ptr<X509>{certificate});
    }
  }
  return fingerprints;
}

std::optional<certificate_stack> intermediate_cache::find(std::string_view fingerprints) {
  if (fingerprints.size() % digest_octets != 0)
    return {};
  certificate_stack chain{sk_X509_new_null()};
  const std::lock_guard lock{mutex_};
  for (; !fingerprints.empty(); fingerprints.remove_prefix(digest_octets)) {
    sha256_digest fingerprint{};
    std::copy_n(fingerprints.begin(), digest_octets, fingerprint.begin());
    const auto* known = certificates_.use(fingerprint);
    if (known == nullptr)
      return {};
    X509_up_ref(known->get());
    sk_X509_push(chain.get(), known->get());
  }
  return chain;
}

} // namespace fedhub
