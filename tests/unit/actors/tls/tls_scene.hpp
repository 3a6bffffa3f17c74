// TLS between two hubs in memory: files, stores, and handshakes without a socket.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "actors/tls/tls_store.hpp"
#include "tests/unit/actors/files/folder.hpp"
#include "tests/unit/protocol/certificate/certificate_scene.hpp"

namespace fedhub::test {

inline std::string to_pem(const EVP_PKEY& key) {
  const openssl_ptr<BIO> out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(out.get(), &text));
  return {text, size};
}

/// The two ends of one connection.
struct tls_link {
  ssl_ptr server;
  ssl_ptr client;
  bool up = false;
  std::string why = {}; ///< if not up: the reason of the end that failed first.

  bool resumed() const {
    return SSL_session_reused(server.get()) == 1 && SSL_session_reused(client.get()) == 1;
  }
  std::string_view alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
};

/// Continues one end's handshake. @returns 1: done, 0: waits for the other end, -1: failed.
inline int handshake_turn(SSL* ssl, std::string& why) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl);
  if (result == 1)
    return 1;
  const int error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
    return 0;
  if (why.empty())
    why = take_openssl_error();
  return -1;
}

/// How a connection ends. Its proof is available afterwards in both cases.
enum class ending { in_order, cut };

/// Performs the handshake and sends one octet in each direction, so that tickets have arrived.
inline tls_link joined(ssl_ptr server, ssl_ptr client, ending end = ending::in_order) {
  tls_link link{std::move(server), std::move(client)};
  BIO* a = nullptr;
  BIO* b = nullptr;
  BIO_new_bio_pair(&a, 0, &b, 0);
  SSL_set_bio(link.server.get(), a, a);
  SSL_set_bio(link.client.get(), b, b);
  for (int turn = 0; turn < 20 && !link.up; ++turn) {
    const int client_is = handshake_turn(link.client.get(), link.why);
    const int server_is = handshake_turn(link.server.get(), link.why);
    if (client_is < 0 || server_is < 0)
      return link;
    link.up = client_is == 1 && server_is == 1;
  }
  char octet = 'x';
  EXPECT_TRUE(link.up);
  EXPECT_EQ(SSL_write(link.server.get(), &octet, 1), 1);
  EXPECT_EQ(SSL_read(link.client.get(), &octet, 1), 1);
  EXPECT_EQ(SSL_write(link.client.get(), &octet, 1), 1);
  EXPECT_EQ(SSL_read(link.server.get(), &octet, 1), 1);
  if (end == ending::in_order)
    for (const auto& x : {link.client.get(), link.server.get()})
      SSL_shutdown(x);
  return link;
}

inline std::string common_name_of(const X509* certificate) {
  char name[256] = "";
  if (certificate != nullptr)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
  return name;
}

/// Returns the common name of the certificate that the other end showed; empty if it showed none.
inline std::string shown_to(const SSL* x) { return common_name_of(SSL_get0_peer_certificate(x)); }

class tls_scene : public testing::Test {
protected:
  /// Makes an identity that the trusted intermediate has issued.
  static identity issued(std::string common_name, std::vector<alt_name> names) {
    return make_identity({.common_name = std::move(common_name),
                          .issuer = &pki::shared().intermediate,
                          .names = std::move(names)});
  }

  /// Writes the files of an identity, with the chain that is sent along with it.
  conf::certificate_files write(const identity& who, const std::vector<const identity*>& chain = {
                                                       &pki::shared().intermediate}) {
    const auto name = std::to_string(++files_);
    auto pem = to_pem(*who.certificate);
    for (const auto* other : chain)
      pem += to_pem(*other->certificate);
    return {place.write(name + ".pem", pem), place.write(name + ".key", to_pem(*who.key))};
  }
  /// Writes a certificate and its chain. The common name is the first of the domains.
  conf::certificate_files for_domains(const std::vector<std::string>& domains) {
    std::vector<alt_name> names;
    for (const auto& x : domains)
      names.push_back(dns(x));
    return write(issued(domains.front(), names));
  }

  conf::config config(std::vector<conf::certificate_files> certificates) {
    conf::config result;
    result.hub.state_dir = place.path() / "state";
    result.tls.ca_file = place.write("root.pem", to_pem(*pki::shared().root.certificate));
    result.tls.certificates = std::move(certificates);
    return result;
  }

  static std::shared_ptr<const tls_store> load(const conf::config& config,
                                               const tls_store* previous = nullptr) {
    auto loaded =
      tls_store::load(config, {*domain_pattern::parse("local.example")}, previous, today);
    EXPECT_TRUE(loaded) << loaded.error();
    return loaded.value_or(nullptr);
  }

  static std::string error_of(const conf::config& config) {
    const auto loaded = tls_store::load(config, {}, nullptr, today);
    return loaded ? "" : loaded.error();
  }

  /// Opens a stream from `sender` at one hub to `target` at the other.
  static tls_link join(const tls_store& initiating, const tls_store& receiving,
                       std::string_view sender, std::string_view target,
                       int version = TLS1_3_VERSION, ending end = ending::in_order) {
    auto client = initiating.connect(domain(target), domain(sender));
    SSL_set_max_proto_version(client.get(), version);
    return joined(receiving.accept(domain(target)), std::move(client), end);
  }

  folder place;

private:
  int files_ = 0;
};

} // namespace fedhub::test
