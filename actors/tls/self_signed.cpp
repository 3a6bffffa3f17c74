#include "actors/tls/self_signed.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "actors/tls/certificate_message.hpp"

namespace fedhub {

namespace {

constexpr int lifetime_days = 365;

constexpr std::string_view certificate_name = "self-signed.crt";
constexpr std::string_view key_name = "self-signed.key";

/// The hub does not make larger files.
constexpr size_t max_key_octets = 16384;
constexpr size_t max_certificate_octets = 1 << 20;

struct bio_deleter {
  void operator()(BIO* x) const { BIO_free_all(x); }
};
using bio_ptr = std::unique_ptr<BIO, bio_deleter>;

std::string alt_names(const std::vector<domain_pattern>& domains) {
  std::string names;
  for (auto& domain : domains) {
    if (domain.base().empty() || domain.base().is_ip_literal())
      continue;
    if (!names.empty())
      names += ',';
    names += "DNS:" + domain.str();
  }
  return names.empty() ? "DNS:localhost" : names;
}

/// Returns the names that the certificate was made for, as `alt_names` writes them.
std::string alt_names_of(X509* certificate) {
  std::string names;
  auto* all = static_cast<GENERAL_NAMES*>(
    X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    auto* name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS)
      continue;
    if (!names.empty())
      names += ',';
    names += "DNS:";
    names.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                 static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(all);
  return names;
}

/// Refuses a key with a passphrase, since the hub makes none, instead of asking on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

bio_ptr reader_of(const secret_octets& x) {
  return bio_ptr{BIO_new_mem_buf(x.data(), static_cast<int>(x.size()))};
}

/// Returns the private key in the folder; null if there is none.
tl::expected<evp_pkey_ptr, std::string> read_key(const state_folder& folder) {
  const auto content = folder.read(key_name, max_key_octets);
  if (!content)
    return tl::unexpected(content.error());
  if (!*content)
    return evp_pkey_ptr{};
  evp_pkey_ptr key{
    PEM_read_bio_PrivateKey(reader_of(**content).get(), nullptr, &no_passphrase, nullptr)};
  ERR_clear_error();
  if (!key)
    return tl::unexpected(folder.path_of(key_name).string()
                          + ": damaged: no private key in PEM form; restore it, or remove it and "
                          + std::string{certificate_name} + " so that the hub makes both again");
  return key;
}

/// Returns the certificate in the folder; null if there is none.
tl::expected<x509_ptr, std::string> read_certificate(const state_folder& folder) {
  const auto content = folder.read(certificate_name, max_certificate_octets);
  if (!content)
    return tl::unexpected(content.error());
  if (!*content)
    return x509_ptr{};
  x509_ptr x509{PEM_read_bio_X509(reader_of(**content).get(), nullptr, &no_passphrase, nullptr)};
  ERR_clear_error();
  if (!x509)
    return tl::unexpected(
      folder.path_of(certificate_name).string()
      + ": damaged: no certificate in PEM form; remove it so that the hub makes a new one");
  return x509;
}

/// Returns the certificate and the key in the folder; both null if there is none yet.
tl::expected<own_certificate, std::string> read_both(const state_folder& folder) {
  auto certificate = read_certificate(folder);
  if (!certificate)
    return tl::unexpected(certificate.error());
  // The key is read after the certificate, since the key is created first.
  auto key = read_key(folder);
  if (!key)
    return tl::unexpected(key.error());
  const auto at = [&](std::string_view name) { return folder.path_of(name).string(); };
  if (*certificate && !*key)
    return tl::unexpected(at(key_name) + ": missing, although " + std::string{certificate_name}
                          + " is there; restore it, or remove " + std::string{certificate_name}
                          + " so that the hub makes both again");
  const bool fit = !*certificate || X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  if (!fit)
    return tl::unexpected(at(certificate_name) + ": does not belong to " + at(key_name)
                          + "; remove the wrong file");
  return own_certificate{std::move(*certificate), std::move(*key)};
}

bool still_good(X509* certificate, const std::string& names, std::chrono::sys_seconds now) {
  auto limit = std::chrono::system_clock::to_time_t(now + self_signed_renewal);
  return certificate != nullptr && X509_cmp_time(X509_get0_notAfter(certificate), &limit) > 0
         && alt_names_of(certificate) == names;
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr)
    return;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

x509_ptr make_certificate(EVP_PKEY* key, std::string_view hub_name, const std::string& names,
                          std::chrono::sys_seconds now) {
  x509_ptr x509{X509_new()};
  X509_set_version(x509.get(), X509_VERSION_3);
  std::array<unsigned char, 8> serial{};
  RAND_bytes(serial.data(), serial.size());
  serial[0] &= 0x7f; // positive
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number{
    BN_bin2bn(serial.data(), serial.size(), nullptr), &BN_free};
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get()));
  auto at = std::chrono::system_clock::to_time_t(now);
  X509_time_adj_ex(X509_getm_notBefore(x509.get()), -1, 0, &at);
  X509_time_adj_ex(X509_getm_notAfter(x509.get()), lifetime_days, 0, &at);
  auto* subject = X509_get_subject_name(x509.get());
  auto common_name = std::string(hub_name.substr(0, 64)); // ub-common-name, RFC 5280
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_issuer_name(x509.get(), subject);
  X509_set_pubkey(x509.get(), key);
  add_extension(x509.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(x509.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(x509.get(), NID_subject_alt_name, names);
  return X509_sign(x509.get(), key, EVP_sha256()) > 0 ? std::move(x509) : nullptr;
}

/// Returns what a function writes as PEM.
template <class Write>
secret_octets pem(Write write) {
  const bio_ptr out{BIO_new(BIO_s_secmem())};
  write(out.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  secret_octets result{static_cast<size_t>(size)};
  std::copy_n(data, size, result.data());
  return result;
}

std::string_view text_of(const secret_octets& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

secret_octets pem_of(EVP_PKEY* key) {
  return pem(
    [&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

secret_octets pem_of(X509* x) {
  return pem([&](BIO* out) { PEM_write_bio_X509(out, x); });
}

/// Creates the missing parts of the state.
class self_signed_maker {
public:
  self_signed_maker(const std::filesystem::path& state_dir, std::string_view hub_name,
                    const std::vector<domain_pattern>& domains, std::chrono::sys_seconds now)
    : path_(state_dir / certificate_name), hub_name_(hub_name), names_(alt_names(domains)),
      domains_(domains.size()), now_(now) {}

  /// Returns what would be created in the folder, without writing to the disk. @param key null:
  /// makes one.
  tl::expected<own_certificate, std::string> without_folder(evp_pkey_ptr key = nullptr) const {
    if (!key)
      key.reset(EVP_EC_gen("P-256"));
    auto certificate = key ? make_certificate(key.get(), hub_name_, names_, now_) : nullptr;
    if (!certificate)
      return tl::unexpected(path_.string() + ": cannot make a self-signed certificate");
    if (auto done = check_size(certificate.get()); !done)
      return tl::unexpected(done.error());
    return own_certificate{std::move(certificate), std::move(key)};
  }

  tl::expected<own_certificate, std::string> look(const state_folder& folder) const {
    auto found = read_both(folder);
    if (!found || still_good(found->certificate.get(), names_, now_))
      return checked(std::move(found));
    if (auto good = folder.check_writable(); !good)
      return tl::unexpected(good.error());
    return without_folder(std::move(found->key));
  }

  tl::expected<own_certificate, std::string> make(const state_folder& folder) const {
    auto found = read_both(folder);
    if (!found || still_good(found->certificate.get(), names_, now_))
      return checked(std::move(found));
    if (!found->key) {
      // Made in memory first, so that a certificate that is too large leaves nothing behind.
      auto made = without_folder();
      if (!made)
        return made;
      // If another process is faster, its key is used.
      if (auto done = folder.create(key_name, text_of(pem_of(made->key.get()))); !done)
        return tl::unexpected(done.error());
    }
    // The key is never replaced, since peers may have pinned it. It also serves as the lock for
    // processes that renew the certificate.
    const auto lock = folder.lock(key_name);
    if (!lock)
      return tl::unexpected(lock.error());
    found = read_both(folder);
    if (!found || still_good(found->certificate.get(), names_, now_))
      return checked(std::move(found));
    if (!found->key)
      return tl::unexpected(folder.path_of(key_name).string() + ": has just been removed");
    auto made = without_folder(std::move(found->key));
    if (!made)
      return made;
    auto done = folder.replace(certificate_name, text_of(pem_of(made->certificate.get())));
    if (!done)
      return tl::unexpected(done.error());
    return made;
  }

private:
  tl::expected<void, std::string> check_size(X509* certificate) const {
    const auto octets = certificate_message_octets(certificate, nullptr);
    if (octets <= max_certificate_message)
      return {};
    return tl::unexpected(path_.string() + ": a self-signed certificate for "
                          + std::to_string(domains_) + " domains takes " + std::to_string(octets)
                          + " octets in each TLS handshake, and peers accept "
                          + std::to_string(max_certificate_message)
                          + ": name certificates in [[tls.certificate]], or serve fewer domains");
  }

  tl::expected<own_certificate, std::string>
  checked(tl::expected<own_certificate, std::string> own_certificate) const {
    if (own_certificate)
      if (auto done = check_size(own_certificate->certificate.get()); !done)
        return tl::unexpected(done.error());
    return own_certificate;
  }

  std::filesystem::path path_;
  std::string_view hub_name_;
  std::string names_;
  size_t domains_;
  std::chrono::sys_seconds now_;
};

} // namespace

tl::expected<own_certificate, std::string>
self_signed_certificate(const std::filesystem::path& state_dir, std::string_view hub_name,
                        const std::vector<domain_pattern>& domains, std::chrono::sys_seconds now,
                        state_use use) {
  const self_signed_maker maker{state_dir, hub_name, domains, now};
  const auto folder = state_folder::open(state_dir, use);
  if (!folder)
    return tl::unexpected(folder.error());
  if (!*folder)
    return maker.without_folder();
  return use == state_use::make ? maker.make(**folder) : maker.look(**folder);
}

} // namespace fedhub
