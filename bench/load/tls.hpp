// TLS contexts with a certificate made in memory.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>
#include <tl/expected.hpp>

namespace fedhub::load {

struct ssl_deleter {
  void operator()(SSL_CTX* x) const { SSL_CTX_free(x); }
  void operator()(SSL* x) const { SSL_free(x); }
};
using ssl_context = std::unique_ptr<SSL_CTX, ssl_deleter>;
using ssl_session = std::unique_ptr<SSL, ssl_deleter>;

/// TLS 1.2 or 1.3 in both roles, with one certificate for all remote domains. The peer's
/// certificate is not checked, and no session is resumed.
struct tls_contexts {
  ssl_context client, server;

  /// Makes the contexts. @param file certificate, chain and key in PEM; empty: makes a self-signed
  /// P-256 certificate for `*.load.example`.
  static tl::expected<tls_contexts, std::string> make(const std::string& file);
};

} // namespace fedhub::load
