#include "actors/tls/tls_context.hpp"

#include <cstdlib>

#include <openssl/err.h>

#include "actors/tls/tls_resumption.hpp"
#include "actors/tls/tls_store.hpp"

namespace fedhub {

namespace {

/// The most octets of TLS that one system call reads. The buffer exists only while it holds octets.
constexpr size_t read_buffer = 65536;

/// 112 bits of security for keys and signatures, whatever the system's default is (RFC 9325 §4.5).
constexpr int security_level = 2;

// Versions: RFC 9325 §3.1. Suites of 1.2: those of RFC 9325 §4.2, ephemeral ECDH with AES-GCM, and
// ChaCha20-Poly1305 (RFC 7905); none with finite-field DH (§4.1). Suites of 1.3: RFC 8446 §9.1.
constexpr const char* tls_1_2_suites = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                       "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                                       "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
constexpr const char* tls_1_3_suites =
  "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
// RFC 9325 §4.4 asks for secp256r1 and X25519 and allows stronger ones.
constexpr const char* groups = "X25519:P-256:P-384:P-521";

/// "xmpp-server" after its length (RFC 7301 §3.1).
constexpr std::string_view alpn = "\x0bxmpp-server";

const unsigned char* octets_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

void free_environment(void*, void* x, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<tls_environment*>(x);
}

int environment_index() {
  static const int index =
    SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_environment);
  return index;
}

/// The index of a mark on sessions of direct TLS; its value has no meaning.
int direct_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void set_suites(SSL_CTX* context, conf::tls_preset preset) {
  const bool modern = preset == conf::tls_preset::modern;
  SSL_CTX_set_min_proto_version(context, modern ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, 0); // the highest there is
  SSL_CTX_set_cipher_list(context, tls_1_2_suites);
  SSL_CTX_set_ciphersuites(context, tls_1_3_suites);
  SSL_CTX_set1_groups_list(context, groups);
  SSL_CTX_set_security_level(context, security_level);
}

ssl_ctx_ptr make_context(const SSL_METHOD* method, tls_environment environment) {
  ssl_ctx_ptr result{SSL_CTX_new(method)};
  auto* context = result.get();
  if (context == nullptr)
    std::abort(); // out of memory
  set_suites(context, environment.preset);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
                                 | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                              | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY); // see `transport::read`
  // One system call reads many records.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, read_buffer);
  // The peer's identity is checked after the handshake, when dialback is still possible.
  SSL_CTX_set_cert_verify_callback(
    context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  // A key with a passphrase is an error, not a prompt on the hub's terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  SSL_CTX_set_ex_data(context, environment_index(), new tls_environment{std::move(environment)});
  return result;
}

int on_alpn(SSL* session, const unsigned char** out, unsigned char* out_size,
            const unsigned char* offered, unsigned offered_size, void*) {
  if (SSL_get_ex_data(session, direct_index()) == nullptr)
    return SSL_TLSEXT_ERR_NOACK;
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, octets_of(alpn), alpn.size(), offered, offered_size)
      != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL; // no_application_protocol, RFC 7301 §3.2
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int on_status_request(SSL* session, void*) {
  const auto& staple = environment_of(SSL_get_SSL_CTX(session)).staple;
  if (!staple || std::chrono::system_clock::now() >= staple->next_update)
    return SSL_TLSEXT_ERR_NOACK;
  auto* copy = OPENSSL_memdup(staple->der.data(), staple->der.size());
  if (copy == nullptr)
    return SSL_TLSEXT_ERR_NOACK;
  // The session frees it.
  SSL_set_tlsext_status_ocsp_resp(session, copy, static_cast<long>(staple->der.size()));
  return SSL_TLSEXT_ERR_OK;
}

} // namespace

tls_environment& environment_of(const SSL_CTX* x) {
  return *static_cast<tls_environment*>(SSL_CTX_get_ex_data(x, environment_index()));
}

ssl_ctx_ptr make_server_context(tls_environment environment) {
  auto result = make_context(TLS_server_method(), std::move(environment));
  auto* context = result.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_tlsext_servername_callback(context, &tls_store::on_server_name);
  SSL_CTX_set_alpn_select_cb(context, &on_alpn, nullptr);
  SSL_CTX_set_tlsext_status_cb(context, &on_status_request);
  set_server_resumption(context);
  return result;
}

ssl_ctx_ptr make_client_context(tls_environment environment) {
  auto result = make_context(TLS_client_method(), std::move(environment));
  SSL_CTX_set_verify(result.get(), SSL_VERIFY_NONE, nullptr);
  set_client_resumption(result.get());
  return result;
}

ssl_ptr make_server_session(SSL_CTX* context, tls_start how) {
  ssl_ptr session{SSL_new(context)};
  SSL_set_accept_state(session.get());
  if (how == tls_start::direct)
    SSL_set_ex_data(session.get(), direct_index(), context);
  return session;
}

ssl_ptr make_client_session(SSL_CTX* context, const domain_pair& pair, tls_start how) {
  ssl_ptr session{SSL_new(context)};
  SSL_set_connect_state(session.get());
  if (!pair.to.is_ip_literal())
    SSL_set_tlsext_host_name(session.get(), pair.to.str().c_str());
  if (how == tls_start::direct)
    SSL_set_alpn_protos(session.get(), octets_of(alpn), alpn.size());
  resume_client_session(session.get(), pair);
  return session;
}

std::string take_openssl_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

} // namespace fedhub
