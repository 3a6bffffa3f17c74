#include "actors/self_signed.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "actors/socket.hpp"
#include "actors/tls_context.hpp"

namespace fedhub {

namespace {

constexpr int day_s = 86400;
constexpr int lifetime_days = 365;
constexpr int renew_before_days = 30;

struct bio_deleter {
  void operator()(BIO* x) const { BIO_free_all(x); }
};
using bio_ptr = std::unique_ptr<BIO, bio_deleter>;

std::string system_error_text(const std::filesystem::path& path, std::string_view what) {
  return path.string() + ": " + std::string(what) + ": " + std::generic_category().message(errno);
}

tl::expected<void, std::string> ensure_state_dir(const std::filesystem::path& dir) {
  std::error_code error;
  if (std::filesystem::is_directory(dir, error))
    return {};
  std::filesystem::create_directories(dir, error);
  if (error || ::chmod(dir.c_str(), 0700) != 0)
    return tl::unexpected(dir.string() + ": cannot create the state folder: "
                          + (error ? error.message() : std::generic_category().message(errno)));
  return {};
}

/// Writes a file that only the owner may read, whole or not at all.
tl::expected<void, std::string> write_private(const std::filesystem::path& path,
                                              std::string_view content) {
  auto temporary = path;
  temporary += ".new";
  unique_fd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (!fd
      || ::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())
      || ::fsync(fd.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)
    return tl::unexpected(system_error_text(path, "cannot write"));
  return {};
}

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

/// The names that the certificate was made for, as `alt_names` writes them.
std::string alt_names_of(X509* x) {
  std::string names;
  auto* all =
    static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x, NID_subject_alt_name, nullptr, nullptr));
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

bool still_good(const conf::certificate_files& files, const std::string& names) {
  bio_ptr in{BIO_new_file(files.chain_file.c_str(), "r")};
  bio_ptr key_in{BIO_new_file(files.key_file.c_str(), "r")};
  if (!in || !key_in)
    return false;
  x509_ptr own{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  evp_pkey_ptr key{PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr)};
  if (!own || !key || X509_check_private_key(own.get(), key.get()) != 1)
    return false;
  time_t limit = time(nullptr) + time_t{renew_before_days} * day_s;
  return X509_cmp_time(X509_get0_notAfter(own.get()), &limit) > 0
         && alt_names_of(own.get()) == names;
}

void add_extension(X509* x, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr)
    return;
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
}

x509_ptr make_certificate(EVP_PKEY* key, std::string_view hub_name, const std::string& names) {
  x509_ptr x{X509_new()};
  X509_set_version(x.get(), X509_VERSION_3);
  std::array<unsigned char, 8> serial{};
  RAND_bytes(serial.data(), serial.size());
  serial[0] &= 0x7f; // positive
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number{
    BN_bin2bn(serial.data(), serial.size(), nullptr), &BN_free};
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x.get()));
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -day_s);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), long{lifetime_days} * day_s);
  auto* subject = X509_get_subject_name(x.get());
  auto common_name = std::string(hub_name.substr(0, 64)); // ub-common-name, RFC 5280
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_issuer_name(x.get(), subject);
  X509_set_pubkey(x.get(), key);
  add_extension(x.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(x.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(x.get(), NID_subject_alt_name, names);
  return X509_sign(x.get(), key, EVP_sha256()) > 0 ? std::move(x) : nullptr;
}

std::string take(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

} // namespace

tl::expected<conf::certificate_files, std::string>
ensure_self_signed(const std::filesystem::path& state_dir, std::string_view hub_name,
                   const std::vector<domain_pattern>& domains) {
  if (auto made = ensure_state_dir(state_dir); !made)
    return tl::unexpected(made.error());
  conf::certificate_files files{state_dir / "self-signed.crt", state_dir / "self-signed.key"};
  auto names = alt_names(domains);
  if (still_good(files, names))
    return files;
  evp_pkey_ptr key{EVP_EC_gen("P-256")};
  auto certificate = key ? make_certificate(key.get(), hub_name, names) : nullptr;
  if (!certificate)
    return tl::unexpected(files.chain_file.string() + ": cannot make a self-signed certificate");
  bio_ptr key_text{BIO_new(BIO_s_mem())};
  bio_ptr certificate_text{BIO_new(BIO_s_mem())};
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  if (auto done = write_private(files.key_file, take(key_text.get())); !done)
    return tl::unexpected(done.error());
  if (auto done = write_private(files.chain_file, take(certificate_text.get())); !done)
    return tl::unexpected(done.error());
  return files;
}

tl::expected<std::string, std::string>
ensure_dialback_secret(const std::filesystem::path& state_dir) {
  if (auto made = ensure_state_dir(state_dir); !made)
    return tl::unexpected(made.error());
  auto path = state_dir / "dialback-secret";
  if (std::ifstream in{path}) {
    std::string secret;
    std::getline(in, secret);
    if (!secret.empty())
      return secret;
  }
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), random.size()) != 1)
    return tl::unexpected(path.string() + ": no random octets to be had");
  std::ostringstream hex;
  for (unsigned octet : random) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex << digits[octet >> 4] << digits[octet & 15];
  }
  auto secret = hex.str();
  if (auto done = write_private(path, secret + "\n"); !done)
    return tl::unexpected(done.error());
  return secret;
}

} // namespace fedhub
