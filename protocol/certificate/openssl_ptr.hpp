// Owning pointers to OpenSSL's objects.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace fedhub {

struct openssl_deleter {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(X509_PUBKEY* x) const { X509_PUBKEY_free(x); }
  void operator()(X509_CRL* x) const { X509_CRL_free(x); }
  void operator()(X509_STORE* x) const { X509_STORE_free(x); }
  void operator()(X509_STORE_CTX* x) const { X509_STORE_CTX_free(x); }
  void operator()(GENERAL_NAMES* x) const { GENERAL_NAMES_free(x); }
  void operator()(BIO* x) const { BIO_free_all(x); }
};

template <class T>
using openssl_ptr = std::unique_ptr<T, openssl_deleter>;

} // namespace fedhub
