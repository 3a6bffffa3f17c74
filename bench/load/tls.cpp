#include "bench/load/tls.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

namespace fedhub::load {

namespace {

struct key_deleter {
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
};
struct certificate_deleter {
  void operator()(X509* x) const { X509_free(x); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, key_deleter>;
using certificate_ptr = std::unique_ptr<X509, certificate_deleter>;

constexpr long lifetime_s = 7 * 86400;

bool add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

certificate_ptr self_signed(EVP_PKEY* key) {
  certificate_ptr result{X509_new()};
  if (!result)
    return nullptr;
  X509* certificate = result.get();
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* common_name = reinterpret_cast<const unsigned char*>("load.example");
  const bool made =
    X509_set_version(certificate, X509_VERSION_3) == 1
    && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1
    && X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
    && X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime_s)
    && X509_set_pubkey(certificate, key) == 1
    && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1
    && X509_set_issuer_name(certificate, name) == 1
    && add_extension(certificate, NID_subject_alt_name, "DNS:load.example,DNS:*.load.example")
    && X509_sign(certificate, key, EVP_sha256()) > 0;
  return made ? std::move(result) : nullptr;
}

ssl_context make_context(const SSL_METHOD* method) {
  ssl_context result{SSL_CTX_new(method)};
  SSL_CTX* context = result.get();
  if (!context)
    return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context,
                          1); // without a ticket, jabberd2 2.7 with OpenSSL 3 cuts streams off
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                              | SSL_MODE_RELEASE_BUFFERS);
  return result;
}

bool use_self_signed(const tls_contexts& contexts) {
  const key_ptr key{EVP_EC_gen("P-256")};
  const auto certificate = key ? self_signed(key.get()) : nullptr;
  const auto use = [&](SSL_CTX* context) {
    return SSL_CTX_use_certificate(context, certificate.get()) == 1
           && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  };
  return certificate && use(contexts.client.get()) && use(contexts.server.get());
}

bool use_file(const tls_contexts& contexts, const char* name) {
  const auto use = [name](SSL_CTX* context) {
    return SSL_CTX_use_certificate_chain_file(context, name) == 1
           && SSL_CTX_use_PrivateKey_file(context, name, SSL_FILETYPE_PEM) == 1;
  };
  return use(contexts.client.get()) && use(contexts.server.get());
}

} // namespace

tl::expected<tls_contexts, std::string> tls_contexts::make(const std::string& file) {
  tls_contexts result{make_context(TLS_client_method()), make_context(TLS_server_method())};
  const bool made = result.client && result.server
                    && (file.empty() ? use_self_signed(result) : use_file(result, file.c_str()));
  if (made)
    return result;
  const char* reason = ERR_reason_error_string(ERR_get_error());
  return tl::unexpected((file.empty() ? "no TLS context: " : file + ": ")
                        + (reason ? reason : "unknown error"));
}

} // namespace fedhub::load
