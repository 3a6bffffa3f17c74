// Certificates and TLS contexts: what the hub shows to its peers.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <tl/expected.hpp>

#include "actors/transport.hpp"
#include "conf/schema.hpp"
#include "protocol/domain_name.hpp"

namespace fedhub {

struct x509_deleter {
  void operator()(X509* x) const { X509_free(x); }
};
struct evp_pkey_deleter {
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
};
struct ssl_ctx_deleter {
  void operator()(SSL_CTX* x) const { SSL_CTX_free(x); }
};
using x509_ptr = std::unique_ptr<X509, x509_deleter>;
using evp_pkey_ptr = std::unique_ptr<EVP_PKEY, evp_pkey_deleter>;
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, ssl_ctx_deleter>;

/// An immutable set of certificates with the contexts that serve them; a reload makes a new one.
/// TLS 1.2 and 1.3 only.
///
/// Thread safety: all members may be called from any thread.
class tls_store {
public:
  struct certificate {
    std::string label;                   ///< the chain file's name, or "self-signed".
    std::vector<domain_pattern> domains; ///< dNSName entries of the subjectAltName.
    std::chrono::system_clock::time_point not_after;
    ssl_ctx_ptr context;
  };

  /// Loads the configured certificates, or makes a self-signed one for `local_domains` in
  /// `x.hub.state_dir` if none is configured.
  /// @returns what is wrong, naming the file.
  static tl::expected<std::shared_ptr<const tls_store>, std::string>
  load(const conf::config& x, const std::vector<domain_pattern>& local_domains);

  /// A server-side session; the certificate is chosen by SNI, else by `to`, else it is the first.
  ssl_ptr accept(const domain_name& to) const;

  /// A client-side session that names `target` as SNI (RFC 6066 §3; no SNI for IP literals).
  ssl_ptr connect(const domain_name& target) const;

  const std::vector<certificate>& certificates() const { return certificates_; }

private:
  tls_store() = default;
  const certificate& choose(const domain_name& name) const;
  static int on_server_name(SSL* ssl, int* alert, void* store);

  std::vector<certificate> certificates_;
  ssl_ctx_ptr client_;
};

} // namespace fedhub
