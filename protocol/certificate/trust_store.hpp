// Whom the hub trusts: certificates of CAs, and what these have revoked.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/certificate/openssl_ptr.hpp"

namespace fedhub {

/// Trust anchors and certificate revocation lists. Filled once, then only read.
///
/// Thread safety: after it is filled, all const members may be called from any thread.
class trust_store {
public:
  trust_store();

  /// Takes all certificates of a text in PEM form, "TRUSTED CERTIFICATE" with their limits
  /// included. Other blocks and text between blocks are passed over.
  /// @returns how many there were, or what is wrong: none, or one that cannot be read. Then the
  ///          store may hold some of them.
  tl::expected<size_t, std::string> add_anchors(std::string_view pem);

  /// Takes one certificate, which then ends a path wherever it stands in it, self-signed or not; so
  /// do all others from then on. (The files of `add_anchors` are CAs' roots.)
  void add_anchor(X509& certificate);

  /// Takes the CRLs of one file: any number in PEM form, or one in DER, the form in which CAs
  /// publish them.
  /// @returns as `add_anchors`.
  tl::expected<size_t, std::string> add_crls(std::string_view pem_or_der);

  bool has_crls() const { return has_crls_; }

  /// Not const to OpenSSL, which counts references and locks inside.
  X509_STORE* handle() const { return store_.get(); }

private:
  openssl_ptr<X509_STORE> store_;
  bool has_crls_ = false;
};

} // namespace fedhub
