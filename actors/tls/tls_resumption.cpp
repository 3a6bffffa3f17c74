#include "actors/tls/tls_resumption.hpp"

#include <array>
#include <chrono>

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "actors/tls/tls_context.hpp"

namespace fedhub {

namespace {

/// Stands in a ticket instead of fingerprints if the chain was not kept. Its size is no multiple of
/// theirs.
constexpr std::string_view chain_not_kept = "-";

std::string_view ticket_data_of(SSL_SESSION* session) {
  void* data = nullptr;
  size_t size = 0;
  if (session == nullptr || SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1
      || data == nullptr)
    return {};
  return {static_cast<const char*>(data), size};
}

bool set_ciphers(const ticket_keys::key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                 EVP_MAC_CTX* mac, bool encrypt) {
  char digest[] = "SHA256";
  auto mac_key = key.mac;
  const std::array parameters{
    OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key.data(), mac_key.size()),
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  const bool good =
    EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, encrypt ? 1 : 0)
      == 1
    && EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
  return good;
}

/// Encrypts and opens tickets in OpenSSL's own format (RFC 5077 §4), with keys that outlive the
/// context.
int on_ticket_key(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                  EVP_MAC_CTX* mac, int encrypt) {
  const auto& environment = environment_of(SSL_get_SSL_CTX(session));
  const auto now = ticket_keys::time_point::clock::now();
  if (encrypt == 1) {
    const auto key = environment.keys->current(now);
    std::copy(key.name.begin(), key.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1)
      return -1;
    return set_ciphers(key, iv, cipher, mac, true) ? 1 : -1;
  }
  if (!environment.resumption)
    return 0;
  std::array<unsigned char, 16> wanted{};
  std::copy_n(name, wanted.size(), wanted.begin());
  const auto key = environment.keys->find(wanted, now);
  if (!key)
    return 0;
  if (!set_ciphers(*key, iv, cipher, mac, false))
    return -1;
  // A ticket of TLS 1.3 is used once, so a new one is sent with it (2). With TLS 1.2, OpenSSL's
  // clients forget the session when they get a new ticket.
  return SSL_version(session) >= TLS1_3_VERSION ? 2 : 1;
}

/// Returns the certificates that the peer sent along with its own in this handshake; null if there
/// are none.
certificate_stack issuers_of(const SSL& session) {
  const auto* own = SSL_get0_peer_certificate(&session);
  const auto* sent = SSL_get_peer_cert_chain(&session);
  certificate_stack result;
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    auto* certificate = sk_X509_value(sent, i);
    if (own != nullptr && X509_cmp(certificate, own) == 0)
      continue; // a server's chain begins with its own certificate
    if (!result)
      result.reset(sk_X509_new_null());
    X509_up_ref(certificate);
    sk_X509_push(result.get(), certificate);
  }
  return result;
}

/// Stores in the session which certificates the peer sent along with its own, since no encoding of
/// the session has them.
/// @returns false if there is no memory.
bool note_chain(SSL* session) {
  if (SSL_session_reused(session) == 1)
    return true; // already stored; the chain is not sent again
  const auto chain = issuers_of(*session);
  if (!chain)
    return true;
  const auto& environment = environment_of(SSL_get_SSL_CTX(session));
  const auto kept = environment.intermediates->keep(chain.get());
  const std::string_view data = kept ? std::string_view{*kept} : chain_not_kept;
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(session), data.data(), data.size()) == 1;
}

/// Called before a ticket is made.
int on_ticket_made(SSL* session, void*) { return note_chain(session) ? 1 : 0; }

/// Called after a ticket was opened. Without the peer's chain, a full handshake has to send it
/// again.
SSL_TICKET_RETURN on_ticket_opened(SSL* session, SSL_SESSION* resumed, const unsigned char*, size_t,
                                   SSL_TICKET_STATUS status, void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  const auto& environment = environment_of(SSL_get_SSL_CTX(session));
  if (!environment.intermediates->find(ticket_data_of(resumed)))
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

void free_pair(void*, void* x, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<domain_pair*>(x);
}

/// The index of the pair that a client's session is for.
int pair_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_pair);
  return index;
}

/// Called when a session can be resumed, complete with its ticket. With TLS 1.3 this is some time
/// after the handshake.
int on_new_session(SSL* session, SSL_SESSION* made) {
  const auto* pair = static_cast<const domain_pair*>(SSL_get_ex_data(session, pair_index()));
  if (pair == nullptr || SSL_SESSION_is_resumable(made) != 1)
    return 0;
  if (note_chain(session))
    environment_of(SSL_get_SSL_CTX(session)).sessions->put(*pair, *made);
  return 0; // the cache has its own reference or copy
}

} // namespace

void set_server_resumption(SSL_CTX* context) {
  const auto& environment = environment_of(context);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // the tickets hold the sessions
  // One ticket is sent even if none is accepted. Without a ticket, jabberd2 2.7 with OpenSSL 3 cuts
  // streams off ("oid exists", an old error that a ticket clears).
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, std::chrono::seconds{ticket_keys::ticket_life}.count());
  SSL_CTX_set_session_id_context(context, environment.policy.data(), environment.policy.size());
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &on_ticket_key);
  SSL_CTX_set_session_ticket_cb(context, &on_ticket_made, &on_ticket_opened, nullptr);
}

void set_client_resumption(SSL_CTX* context) {
  if (!environment_of(context).resumption) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return;
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &on_new_session);
}

void resume_client_session(SSL* session, const domain_pair& pair) {
  const auto& environment = environment_of(SSL_get_SSL_CTX(session));
  if (!environment.resumption)
    return;
  SSL_set_ex_data(session, pair_index(), new domain_pair{pair});
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto last = environment.sessions->take(pair, now);
  if (last && environment.intermediates->find(ticket_data_of(last.get())))
    SSL_set_session(session, last.get());
}

certificate_stack chain_of(const SSL& session) {
  if (auto* sent = SSL_get_peer_cert_chain(&session))
    return certificate_stack{X509_chain_up_ref(sent)};
  const auto data = ticket_data_of(SSL_get_session(&session));
  if (data.empty())
    return nullptr;
  auto kept = environment_of(SSL_get_SSL_CTX(&session)).intermediates->find(data);
  return kept ? std::move(*kept) : nullptr;
}

} // namespace fedhub
