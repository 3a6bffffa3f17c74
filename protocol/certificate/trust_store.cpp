#include "protocol/certificate/trust_store.hpp"

#include <climits>
#include <cstdlib>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace fedhub {

namespace {

openssl_ptr<BIO> reader_of(std::string_view text) {
  if (text.size() > INT_MAX)
    return nullptr;
  return openssl_ptr<BIO>{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "unknown error";
}

bool at_end_of_pem() {
  const auto code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/// Reads all objects of one kind and adds them to the store.
/// @param read is called until it returns null.
/// @param add takes the object that `read` returned.
template <class Read, class Add>
tl::expected<size_t, std::string> add_all(std::string_view kind, Read read, Add add) {
  ERR_clear_error();
  size_t count = 0;
  while (auto object = read()) {
    if (!add(object.get()))
      return tl::unexpected(openssl_reason());
    ++count;
  }
  if (!at_end_of_pem()) {
    auto why = std::string{kind} + " " + std::to_string(count + 1) + " cannot be read: ";
    why += openssl_reason();
    ERR_clear_error();
    return tl::unexpected(std::move(why));
  }
  ERR_clear_error();
  if (count == 0)
    return tl::unexpected("no " + std::string{kind} + " in it");
  return count;
}

} // namespace

trust_store::trust_store() : store_(X509_STORE_new()) {
  if (!store_)
    std::abort(); // out of memory
}

tl::expected<size_t, std::string> trust_store::add_anchors(std::string_view pem) {
  const auto in = reader_of(pem);
  return add_all(
    "certificate",
    [&] { return openssl_ptr<X509>{PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr)}; },
    [&](X509* anchor) { return X509_STORE_add_cert(store_.get(), anchor) == 1; });
}

void trust_store::add_anchor(X509& certificate) {
  if (X509_STORE_add_cert(store_.get(), &certificate) != 1)
    std::abort(); // out of memory
  X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
}

tl::expected<size_t, std::string> trust_store::add_crls(std::string_view pem_or_der) {
  const auto add = [this](X509_CRL* crl) {
    has_crls_ = true;
    return X509_STORE_add_crl(store_.get(), crl) == 1;
  };
  const auto* octets = reinterpret_cast<const unsigned char*>(pem_or_der.data());
  if (const openssl_ptr<X509_CRL> der{
        d2i_X509_CRL(nullptr, &octets, static_cast<long>(pem_or_der.size()))};
      der && add(der.get()))
    return size_t{1};
  const auto in = reader_of(pem_or_der);
  return add_all(
    "CRL",
    [&] {
      return openssl_ptr<X509_CRL>{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)};
    },
    add);
}

} // namespace fedhub
