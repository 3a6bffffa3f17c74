// OpenSSL's contexts as the hub sets them up: versions, cipher suites, tickets, ALPN, stapling.
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
  starttls, ///< on a stream that is there (RFC 6120 §5): without ALPN.
  direct,   ///< with the connection (XEP-0368): the client offers "xmpp-server" by ALPN.
};

/// What a context and the sessions made from it need while they last. A context owns its copy, and
/// a session its context, so that both may outlive the store that made them.
struct tls_environment {
  conf::tls_preset preset = conf::tls_preset::intermediate;
  bool resumption = true;
  std::shared_ptr<ticket_keys> keys;
  std::shared_ptr<intermediate_cache> intermediates;
  std::shared_ptr<session_cache> sessions;
  /// Names the policy: a session made under another one is not resumed (the session id context).
  sha256_digest policy{};
  std::weak_ptr<const tls_store> store; ///< chooses the certificate by SNI.
  std::optional<ocsp_staple> staple;    ///< of the context's certificate.
};

/// The environment of a context that one of the functions below made.
tls_environment& environment_of(const SSL_CTX* x);

/// A context that asks the client for a certificate and takes any, or none: who the peer is gets
/// judged after the handshake. The environment's `store` answers SNI once it is set.
ssl_ctx_ptr make_server_context(tls_environment environment);

/// A context that takes any certificate of the server, likewise.
ssl_ctx_ptr make_client_context(tls_environment environment);

/// A session of the receiving server, not yet connected.
ssl_ptr make_server_session(SSL_CTX* context, tls_start how);

/// A session of the initiating server for this pair: names `pair.to` by SNI (RFC 6066 §3: no SNI
/// for IP literals), and resumes the last session of the pair if there is one.
ssl_ptr make_client_session(SSL_CTX* context, const domain_pair& pair, tls_start how);

/// What the peer sent along with its certificate, in this session or in the one that it resumes.
/// The peer's own may be among it.
certificate_stack chain_of(const SSL& session);

/// The reason of OpenSSL's last error; empties its queue.
std::string take_openssl_error();

} // namespace fedhub
