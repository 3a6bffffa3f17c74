#include "tests/unit/protocol/certificate/certificate_maker.hpp"

#include <cstdlib>

#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace fedhub::test {

namespace {

void require(bool success) {
  if (!success)
    std::abort();
}

struct more_deleter : openssl_deleter {
  using openssl_deleter::operator();
  void operator()(X509_EXTENSION* x) const { X509_EXTENSION_free(x); }
  void operator()(X509_REVOKED* x) const { X509_REVOKED_free(x); }
  void operator()(CONF* x) const { NCONF_free(x); }
  void operator()(ASN1_TIME* x) const { ASN1_STRING_free(x); }
};
template <class T>
using owned = std::unique_ptr<T, more_deleter>;

key_ptr make_key(key_kind kind) {
  switch (kind) {
  case key_kind::rsa_1024:
    return key_ptr{EVP_RSA_gen(1024)};
  case key_kind::rsa_2048:
    return key_ptr{EVP_RSA_gen(2048)};
  case key_kind::p256:
    break;
  }
  return key_ptr{EVP_EC_gen("P-256")};
}

owned<ASN1_TIME> time_of(std::chrono::sys_seconds x) {
  return owned<ASN1_TIME>{ASN1_TIME_set(nullptr, x.time_since_epoch().count())};
}

void set_common_name(X509_NAME* name, const std::string& text) {
  require(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()), -1, 0)
          == 1);
}

void add_extension(X509* certificate, X509* issuer, const extension& wanted) {
  const owned<CONF> no_sections{NCONF_new(nullptr)};
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_nconf(&context, no_sections.get());
  const owned<X509_EXTENSION> made{
    X509V3_EXT_nconf(no_sections.get(), &context, wanted.name.c_str(), wanted.value.c_str())};
  require(made && X509_add_ext(certificate, made.get(), -1) == 1);
}

void add_names(X509* certificate, std::span<const alt_name> names) {
  const auto der = names_der(names);
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> value{
    ASN1_OCTET_STRING_new(), &ASN1_OCTET_STRING_free};
  require(ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(der.data()),
                                static_cast<int>(der.size()))
          == 1);
  const owned<X509_EXTENSION> made{
    X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, value.get())};
  require(made && X509_add_ext(certificate, made.get(), -1) == 1);
}

ASN1_STRING* string_of(int type, const std::string& text) {
  auto* result = ASN1_STRING_type_new(type);
  require(ASN1_STRING_set(result, text.data(), static_cast<int>(text.size())) == 1);
  return result;
}

void set_other_name(GENERAL_NAME* x, int nid, int asn1_type, const std::string& text) {
  auto* value = ASN1_TYPE_new();
  ASN1_TYPE_set(value, asn1_type, string_of(asn1_type, text));
  require(GENERAL_NAME_set0_othername(x, OBJ_nid2obj(nid), value) == 1);
}

GENERAL_NAME* general_name_of(const alt_name& from) {
  auto* result = GENERAL_NAME_new();
  using enum alt_name::kind;
  switch (from.type) {
  case dns:
    GENERAL_NAME_set0_value(result, GEN_DNS, string_of(V_ASN1_IA5STRING, from.text));
    break;
  case email:
    GENERAL_NAME_set0_value(result, GEN_EMAIL, string_of(V_ASN1_IA5STRING, from.text));
    break;
  case ip:
    GENERAL_NAME_set0_value(result, GEN_IPADD, string_of(V_ASN1_OCTET_STRING, from.text));
    break;
  case srv:
    set_other_name(result, NID_SRVName, V_ASN1_IA5STRING, from.text);
    break;
  case xmpp:
    set_other_name(result, NID_XmppAddr, V_ASN1_UTF8STRING, from.text);
    break;
  case xmpp_as_ia5:
    set_other_name(result, NID_XmppAddr, V_ASN1_IA5STRING, from.text);
    break;
  }
  return result;
}

/// Returns the octets that an i2d function makes.
template <class T>
std::string encoded(const T* x, int (*encode)(const T*, unsigned char**)) {
  unsigned char* der = nullptr;
  const int size = encode(x, &der);
  require(size > 0);
  std::string text{reinterpret_cast<const char*>(der), static_cast<size_t>(size)};
  OPENSSL_free(der);
  return text;
}

std::string taken_from(BIO* memory) {
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(memory, &text));
  return {text, size};
}

/// Returns the same certificate with a changed last octet of its signature.
openssl_ptr<X509> spoiled(const X509& certificate) {
  auto der = to_der(certificate);
  der.back() = static_cast<char>(der.back() ^ 1);
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  return openssl_ptr<X509>{d2i_X509(nullptr, &octets, static_cast<long>(der.size()))};
}

} // namespace

std::string names_der(std::span<const alt_name> names) {
  const openssl_ptr<GENERAL_NAMES> all{GENERAL_NAMES_new()};
  for (const auto& x : names)
    require(sk_GENERAL_NAME_push(all.get(), general_name_of(x)) > 0);
  return encoded<GENERAL_NAMES>(all.get(), i2d_GENERAL_NAMES);
}

std::string to_der(const X509& x) { return encoded<X509>(&x, i2d_X509); }

std::string to_pem(const X509& certificate) {
  const openssl_ptr<BIO> out{BIO_new(BIO_s_mem())};
  require(PEM_write_bio_X509(out.get(), &certificate) == 1);
  return taken_from(out.get());
}

std::string crl_to_pem(std::string_view der) {
  const openssl_ptr<BIO> out{BIO_new(BIO_s_mem())};
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  require(PEM_write_bio(out.get(), PEM_STRING_X509_CRL, "", octets, static_cast<long>(der.size()))
          > 0);
  return taken_from(out.get());
}

identity make_identity(const recipe& from) {
  static long serial = 1000;
  identity made{openssl_ptr<X509>{X509_new()}, make_key(from.key)};
  auto* certificate = made.certificate.get();
  require(made.key && X509_set_version(certificate, X509_VERSION_3) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  require(X509_set1_notBefore(certificate, time_of(from.not_before).get()) == 1);
  require(X509_set1_notAfter(certificate, time_of(from.not_after).get()) == 1);
  require(X509_set_pubkey(certificate, made.key.get()) == 1);
  if (!from.common_name.empty())
    set_common_name(X509_get_subject_name(certificate), from.common_name);
  auto* issuer = from.issuer != nullptr ? from.issuer->certificate.get() : certificate;
  auto* issuer_key = from.issuer != nullptr ? from.issuer->key.get() : made.key.get();
  require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
  if (!from.names.empty() || from.empty_names)
    add_names(certificate, from.names);
  for (const auto& wanted : from.extensions)
    add_extension(certificate, issuer, wanted);
  require(X509_sign(certificate, issuer_key, EVP_get_digestbyname(from.digest)) > 0);
  if (from.spoil_signature)
    made.certificate = spoiled(*certificate);
  return made;
}

identity make_ca(std::string common_name, const identity* issuer, std::vector<extension> extensions,
                 key_kind key) {
  recipe recipe;
  recipe.common_name = std::move(common_name);
  recipe.issuer = issuer;
  recipe.extensions = std::move(extensions);
  recipe.not_before = today - std::chrono::years{5};
  recipe.not_after = today + std::chrono::years{5};
  recipe.key = key;
  return make_identity(recipe);
}

std::string make_crl(const identity& issuer, std::initializer_list<const X509*> revoked,
                     std::chrono::sys_seconds last_update, std::chrono::sys_seconds next_update) {
  const openssl_ptr<X509_CRL> crl{X509_CRL_new()};
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get()));
  X509_CRL_set1_lastUpdate(crl.get(), time_of(last_update).get());
  X509_CRL_set1_nextUpdate(crl.get(), time_of(next_update).get());
  for (const auto* each : revoked) {
    owned<X509_REVOKED> entry{X509_REVOKED_new()};
    X509_REVOKED_set_serialNumber(entry.get(),
                                  const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(each)));
    X509_REVOKED_set_revocationDate(entry.get(), time_of(last_update).get());
    require(X509_CRL_add0_revoked(crl.get(), entry.release()) == 1);
  }
  require(X509_CRL_sort(crl.get()) == 1);
  require(X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0);
  return encoded<X509_CRL>(crl.get(), i2d_X509_CRL);
}

} // namespace fedhub::test
