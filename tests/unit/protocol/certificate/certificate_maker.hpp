// Makes certificates and CRLs in memory: good ones, and bad ones of every kind.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "protocol/certificate/openssl_ptr.hpp"

namespace fedhub::test {

/// The time at which the tests take place.
inline constexpr std::chrono::sys_seconds today =
  std::chrono::sys_days{std::chrono::year{2026} / 6 / 15};

struct evp_pkey_deleter {
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, evp_pkey_deleter>;

enum class key_kind : uint8_t { p256, rsa_1024, rsa_2048 };

/// An extension as in OpenSSL's configuration files, e.g. {"keyUsage", "critical,cRLSign"}, or with
/// an OID as name and "DER:…" as value.
struct extension {
  std::string name;
  std::string value;
};

/// One subjectAltName, with any octets.
struct alt_name {
  enum class kind : uint8_t { dns, srv, xmpp, xmpp_as_ia5, email, ip };
  kind type;
  std::string text;
};

inline alt_name dns(std::string text) { return {alt_name::kind::dns, std::move(text)}; }
inline alt_name srv(std::string text) { return {alt_name::kind::srv, std::move(text)}; }
inline alt_name xmpp(std::string text) { return {alt_name::kind::xmpp, std::move(text)}; }

struct identity;

struct recipe {
  std::string common_name = "a server";
  const identity* issuer = nullptr; ///< null: self-signed.
  std::vector<alt_name> names = {}; ///< if empty and not `empty_names`: no extension.
  bool empty_names = false;         ///< a subjectAltName without names.
  std::vector<extension> extensions = {};
  std::chrono::sys_seconds not_before = today - std::chrono::days{30};
  std::chrono::sys_seconds not_after = today + std::chrono::days{60};
  key_kind key = key_kind::p256;
  const char* digest = "SHA256"; ///< of the issuer's signature.
  bool spoil_signature = false;
};

/// A certificate with its key.
struct identity {
  openssl_ptr<X509> certificate;
  key_ptr key;
};

/// Makes the certificate. Aborts if OpenSSL refuses, since the recipe is the test's own.
identity make_identity(const recipe& recipe);

/// Makes a CA, with basicConstraints, keyCertSign and cRLSign unless `extensions` are given.
identity make_ca(std::string common_name, const identity* issuer = nullptr,
                 std::vector<extension> extensions = {{"basicConstraints", "critical,CA:TRUE"},
                                                      {"keyUsage", "critical,keyCertSign,cRLSign"}},
                 key_kind key = key_kind::p256);

/// Makes a CRL of `issuer` in DER.
std::string make_crl(const identity& issuer, std::initializer_list<const X509*> revoked,
                     std::chrono::sys_seconds last_update = today - std::chrono::days{1},
                     std::chrono::sys_seconds next_update = today + std::chrono::days{6});

/// Returns a CRL in PEM. @param der the CRL in DER.
std::string crl_to_pem(std::string_view der);
std::string to_pem(const X509& certificate);
std::string to_der(const X509& certificate);

/// Returns the value of a subjectAltName in DER.
std::string names_der(std::span<const alt_name> names);

} // namespace fedhub::test
