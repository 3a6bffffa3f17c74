// OpenSSL's contexts with the hub's settings: versions, cipher suites, tickets, ALPN, stapling.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "actors/net/transport.hpp"
#include "actors/tls/intermediate_cache.hpp"
#include "actors/tls/ocsp_staple.hpp"
#include "actors/tls/session_cache.hpp"
#include "actors/tls/ticket_keys.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/certificate/openssl_ptr.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub {

class tls_store;

struct evp_pkey_deleter {
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
};
struct ssl_ctx_deleter {
  void operator()(SSL_CTX* x) const { SSL_CTX_free(x); }
};
using x509_ptr = openssl_ptr<X509>;
using evp_pkey_ptr = std::unique_ptr<EVP_PKEY, evp_pkey_deleter>;
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, ssl_ctx_deleter>;

/// How TLS begins.
enum class tls_start : uint8_t {
  starttls, ///< on an open stream (RFC 6120 §5), without ALPN.
  direct,   ///< with the connection (XEP-0368): the client offers "xmpp-server" by ALPN.
};

/// The data that a context and its sessions need. A context owns its copy, and a session owns its
/// context, so both may outlive the store that made them.
struct tls_environment {
  conf::tls_preset preset = conf::tls_preset::intermediate;
  bool resumption = true;
  std::shared_ptr<ticket_keys> keys;
  std::shared_ptr<intermediate_cache> intermediates;
  std::shared_ptr<session_cache> sessions;
  /// Identifies the policy (the session id context). A session made under another policy is not
  /// resumed.
  sha256_digest policy{};
  std::weak_ptr<const tls_store> store; ///< chooses the certificate by SNI.
  std::optional<ocsp_staple> staple;    ///< for the context's certificate.
};

/// Returns the environment of a context that one of the functions below made.
tls_environment& environment_of(const SSL_CTX* context);

/// Makes a context that asks the client for a certificate, and accepts any or none. The peer's
/// identity is checked after the handshake. The environment's `store`, once set, answers SNI.
ssl_ctx_ptr make_server_context(tls_environment environment);

/// Makes a context that accepts any certificate of the server, likewise.
ssl_ctx_ptr make_client_context(tls_environment environment);

/// Makes a session of the receiving server, not yet connected.
ssl_ptr make_server_session(SSL_CTX* context, tls_start how);

/// Makes a session of the initiating server for this pair. It names `pair.to` by SNI (not for IP
/// literals, RFC 6066 §3), and resumes the pair's last session if there is one.
ssl_ptr make_client_session(SSL_CTX* context, const domain_pair& pair, tls_start how);

/// Returns the certificates that the peer sent along with its own, in this session or in the one
/// that it resumes. The peer's own may be among them.
certificate_stack chain_of(const SSL& session);

/// Returns the reason of OpenSSL's last error, and empties its error queue.
std::string take_openssl_error();

} // namespace fedhub
