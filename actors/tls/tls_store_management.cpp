// The certificate of `listen.admin`.
#include "actors/tls/tls_store.hpp"

#include <array>
#include <string_view>

#include <openssl/err.h>

#include "conf/file/listeners.hpp"

namespace fedhub {

namespace {

/// Agrees on HTTP/1.1 with a client that names protocols (RFC 7301), and on nothing with others.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* octets,
                    const unsigned char* offered, unsigned size, void*) {
  constexpr std::array<unsigned char, 9> known{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  auto* selected = const_cast<unsigned char*>(*chosen);
  const bool agreed =
    SSL_select_next_proto(&selected, octets, known.data(), known.size(), offered, size)
    == OPENSSL_NPN_NEGOTIATED;
  *chosen = selected;
  return agreed ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

ssl_ctx_ptr make_management_context() {
  ssl_ctx_ptr context{SSL_CTX_new(TLS_server_method())};
  auto* made = context.get();
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
                              | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // TLS 1.2 with forward secrecy and authenticated encryption only.
  SSL_CTX_set_cipher_list(made, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(made, 0);
  SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                           | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(made, &choose_protocol, nullptr);
  return context;
}

} // namespace

tl::expected<void, std::string> tls_store::load_management(const conf::config& config) {
  if (!conf::admin_uses_tls(config))
    return {};
  const auto& [chain, key] = std::pair{config.admin.chain_file, config.admin.key_file};
  management_ = std::make_unique<management_certificate>();
  management_->context = make_management_context();
  auto* context = management_->context.get();
  ERR_clear_error();
  if (chain.empty()) {
    const auto* own = certificates_.front().server.get();
    STACK_OF(X509)* rest = nullptr;
    SSL_CTX_get0_chain_certs(const_cast<SSL_CTX*>(own), &rest);
    if (SSL_CTX_use_cert_and_key(context, SSL_CTX_get0_certificate(own),
                                 SSL_CTX_get0_privatekey(own), rest, 1)
        != 1)
      return tl::unexpected("listen.admin: " + take_openssl_error());
  } else if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1) {
    return tl::unexpected("admin.chain_file: " + chain.string()
                          + ": no usable certificate chain in PEM form: " + take_openssl_error());
  } else if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tl::unexpected("admin.key_file: " + key.string()
                          + ": no private key in PEM form that matches " + chain.string() + ": "
                          + take_openssl_error());
  }
  management_->names = presented_names::of(*SSL_CTX_get0_certificate(context));
  std::erase_if(management_->names.names,
                [](const presented_name& name) { return name.type != name_type::dns_name; });
  return {};
}

} // namespace fedhub
