// The hub's trust: certificates of CAs, and the certificates that these CAs have revoked.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/certificate/openssl_ptr.hpp"

namespace fedhub {

/// Trust anchors and certificate revocation lists. Filled once, then only read.
///
/// Thread safety: once it is filled, all const members may be called from any thread.
class trust_store {
public:
  trust_store();

  /// Adds all certificates of a text in PEM form, including "TRUSTED CERTIFICATE" with their
  /// limits. Skips other blocks and text between blocks.
  /// @returns the number of certificates, or the fault: there is none, or one cannot be read. After
  ///          a fault the store may hold some of them.
  tl::expected<size_t, std::string> add_anchors(std::string_view pem);

  /// Adds one certificate. From then on a path may end at this certificate, and at every other one
  /// in the store, self-signed or not. (The files of `add_anchors` are CAs' roots.)
  void add_anchor(X509& certificate);

  /// Adds the CRLs of one file: any number in PEM form, or one in DER, the form in which CAs
  /// publish them.
  /// @returns like `add_anchors`.
  tl::expected<size_t, std::string> add_crls(std::string_view pem_or_der);

  bool has_crls() const { return has_crls_; }

  /// Returns OpenSSL's store. Not const, since OpenSSL counts references and locks inside.
  X509_STORE* handle() const { return store_.get(); }

private:
  openssl_ptr<X509_STORE> store_;
  bool has_crls_ = false;
};

} // namespace fedhub
