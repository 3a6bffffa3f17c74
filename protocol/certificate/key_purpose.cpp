#include "protocol/certificate/key_purpose.hpp"

#include <openssl/x509v3.h>

namespace fedhub {

std::string_view to_string(eku_class usage) {
  switch (usage) {
  case eku_class::none:
    return "none";
  case eku_class::server:
    return "server";
  case eku_class::client:
    return "client";
  case eku_class::both:
    return "both";
  case eku_class::other:
    break;
  }
  return "other";
}

std::string_view to_string(eku_policy policy) {
  switch (policy) {
  case eku_policy::server:
    return "server";
  case eku_policy::client:
    return "client";
  case eku_policy::any:
    break;
  }
  return "any";
}

eku_class eku_class_of(const X509& certificate) {
  // OpenSSL computes and stores the flags on first use, under a lock, so the value does not change.
  const auto usage = X509_get_extended_key_usage(const_cast<X509*>(&certificate));
  if (usage == UINT32_MAX)
    return eku_class::none;
  // "Server gated crypto" was serverAuth in the browsers of the nineties; OpenSSL still accepts it.
  const bool server = (usage & (XKU_SSL_SERVER | XKU_SGC)) != 0;
  const bool client = (usage & XKU_SSL_CLIENT) != 0;
  if (server && client)
    return eku_class::both;
  if (server)
    return eku_class::server;
  return client ? eku_class::client : eku_class::other;
}

} // namespace fedhub
