#include "actors/tls/tls_slimming.hpp"

#include <utility>
#include <vector>

#include <openssl/crypto.h>

#include "actors/tls/session_cache.hpp"
#include "actors/tls/tls_context.hpp"

namespace fedhub {

namespace {

/// Returns whether SSL_set_session of this version is known to do what is needed here.
bool known_version() {
  static const bool known = OPENSSL_version_major() == 3 && OPENSSL_version_minor() == 0;
  return known;
}

/// Returns the session object that all slim sessions of a thread share. It holds only their cipher.
SSL_SESSION* nothing_but(const SSL_CIPHER* cipher) {
  thread_local std::vector<std::pair<const SSL_CIPHER*, ssl_session_ptr>> known;
  for (const auto& [of, session] : known)
    if (of == cipher)
      return session.get();
  ssl_session_ptr made{SSL_SESSION_new()};
  if (!made || SSL_SESSION_set_cipher(made.get(), cipher) != 1
      || SSL_SESSION_set_protocol_version(made.get(), TLS1_3_VERSION) != 1)
    return nullptr;
  return known.emplace_back(cipher, std::move(made)).second.get();
}

/// Returns a context with the method that the handshake has chosen. SSL_set_session begins a new
/// handshake if the context's method is another one, and the hub's contexts have the method of all
/// versions.
SSL_CTX* context_with_method_of(const SSL& ssl) {
  thread_local const ssl_ctx_ptr context{SSL_CTX_new(SSL_get_ssl_method(&ssl))};
  const bool same = context && SSL_CTX_get_ssl_method(context.get()) == SSL_get_ssl_method(&ssl);
  return same ? context.get() : nullptr;
}

} // namespace

bool slim_session(SSL& ssl) {
  if (!known_version() || SSL_is_server(&ssl) != 1 || SSL_is_init_finished(&ssl) != 1
      || SSL_version(&ssl) != TLS1_3_VERSION)
    return false;
  const auto* session = SSL_get0_session(&ssl);
  // The negotiated size of records is stored in the session (RFC 6066 §4).
  if (session == nullptr
      || SSL_SESSION_get_max_fragment_length(session) != TLSEXT_max_fragment_length_DISABLED)
    return false;
  auto* slim = nothing_but(SSL_SESSION_get0_cipher(session));
  auto* other = context_with_method_of(ssl);
  if (slim == nullptr || other == nullptr)
    return false;
  auto* own = SSL_get_SSL_CTX(&ssl);
  SSL_CTX_up_ref(own);
  const ssl_ctx_ptr kept{own};
  const bool done = SSL_set_SSL_CTX(&ssl, other) == other && SSL_set_session(&ssl, slim) == 1;
  SSL_set_SSL_CTX(&ssl, own);
  return done;
}

} // namespace fedhub
