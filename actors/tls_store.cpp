#include "actors/tls_store.hpp"

#include <filesystem>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "actors/self_signed.hpp"

namespace fedhub {

namespace {

/// Octets of TLS that one system call takes at most; the buffer is there only while it holds any.
constexpr size_t read_buffer = 65536;

std::string openssl_error() {
  auto code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

ssl_ctx_ptr make_context(const SSL_METHOD* method) {
  ssl_ctx_ptr context{SSL_CTX_new(method)};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
                                       | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE
                                    | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                    | SSL_MODE_RELEASE_BUFFERS);
  // One system call then serves many records.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), read_buffer);
  // Identity comes by dialback: the peer's chain is not what decides, so it is not even built.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(
    context.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  // Streams last: sessions are not kept to be resumed. One ticket is sent all the same: without
  // any, jabberd2 2.7 with OpenSSL 3 cuts off streams ("oid exists", an old error that a ticket
  // clears).
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 1);
  return context;
}

/// The dNSName entries of a certificate's subjectAltName that are domains.
std::vector<domain_pattern> dns_names(X509* x) {
  std::vector<domain_pattern> result;
  auto* names =
    static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS)
      continue;
    std::string_view text{reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                          static_cast<size_t>(ASN1_STRING_length(name->d.dNSName))};
    if (auto pattern = domain_pattern::parse(text))
      result.push_back(std::move(*pattern));
  }
  GENERAL_NAMES_free(names);
  return result;
}

std::chrono::system_clock::time_point expiry(const X509* x) {
  tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(x), &parts);
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

tl::expected<tls_store::certificate, std::string>
load_certificate(const conf::certificate_files& files, std::string label) {
  tls_store::certificate result;
  result.label = std::move(label);
  result.context = make_context(TLS_server_method());
  auto* context = result.context.get();
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.chain_file.c_str()) != 1)
    return tl::unexpected(files.chain_file.string()
                          + ": no certificate chain in PEM form: " + openssl_error());
  if (SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return tl::unexpected(files.key_file.string() + ": no private key in PEM form that fits "
                          + files.chain_file.string() + ": " + openssl_error());
  auto* own = SSL_CTX_get0_certificate(context);
  result.domains = dns_names(own);
  result.not_after = expiry(own);
  return result;
}

} // namespace

tl::expected<std::shared_ptr<const tls_store>, std::string>
tls_store::load(const conf::config& x, const std::vector<domain_pattern>& local_domains) {
  std::shared_ptr<tls_store> store{new tls_store};
  auto files = x.tls.certificates;
  bool own = files.empty();
  if (own) {
    auto made = ensure_self_signed(x.hub.state_dir, x.hub.name, local_domains);
    if (!made)
      return tl::unexpected(made.error());
    files.push_back(*made);
  }
  for (auto& file : files) {
    auto loaded = load_certificate(file, own ? "self-signed" : file.chain_file.filename().string());
    if (!loaded)
      return tl::unexpected(loaded.error());
    store->certificates_.push_back(std::move(*loaded));
  }
  for (auto& entry : store->certificates_) {
    // The contexts are the store's own, so the callback's pointer lives as long as they do… but a
    // session may outlive the store: it then keeps its context, whose callback has run by that time
    // (only a ClientHello calls it).
    SSL_CTX_set_tlsext_servername_callback(entry.context.get(), &tls_store::on_server_name);
    SSL_CTX_set_tlsext_servername_arg(entry.context.get(), store.get());
  }
  store->client_ = make_context(TLS_client_method());
  return store;
}

const tls_store::certificate& tls_store::choose(const domain_name& name) const {
  for (bool wildcard : {false, true})
    for (auto& entry : certificates_)
      for (auto& pattern : entry.domains)
        if (pattern.wildcard() == wildcard && pattern.matches(name))
          return entry;
  return certificates_.front();
}

int tls_store::on_server_name(SSL* ssl, int*, void* arg) {
  auto* store = static_cast<const tls_store*>(arg);
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr)
    return SSL_TLSEXT_ERR_NOACK;
  if (auto name = domain_name::parse(asked))
    SSL_set_SSL_CTX(ssl, store->choose(*name).context.get());
  return SSL_TLSEXT_ERR_OK;
}

ssl_ptr tls_store::accept(const domain_name& to) const {
  ssl_ptr ssl{SSL_new(choose(to).context.get())};
  SSL_set_accept_state(ssl.get());
  return ssl;
}

ssl_ptr tls_store::connect(const domain_name& target) const {
  ssl_ptr ssl{SSL_new(client_.get())};
  SSL_set_connect_state(ssl.get());
  if (!target.is_ip_literal())
    SSL_set_tlsext_host_name(ssl.get(), target.str().c_str());
  return ssl;
}

} // namespace fedhub
