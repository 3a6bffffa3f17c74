#include "actors/tls/ocsp_staple.hpp"

#include <memory>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "protocol/certificate/asn1_time.hpp"

namespace fedhub {

namespace {

struct ocsp_deleter {
  void operator()(OCSP_RESPONSE* x) const { OCSP_RESPONSE_free(x); }
  void operator()(OCSP_BASICRESP* x) const { OCSP_BASICRESP_free(x); }
  void operator()(OCSP_CERTID* x) const { OCSP_CERTID_free(x); }
};
template <class T>
using ocsp_ptr = std::unique_ptr<T, ocsp_deleter>;

/// The allowed difference between the clocks of the CA and the hub. OpenSSL's tools allow the same.
constexpr std::chrono::minutes leeway{5};

tl::unexpected<std::string> refused(std::string_view why) {
  return tl::unexpected{std::string{why}};
}

X509* issuer_in(STACK_OF(X509) * chain, X509& certificate) {
  for (int i = 0; i < sk_X509_num(chain); ++i)
    if (X509_check_issued(sk_X509_value(chain, i), &certificate) == X509_V_OK)
      return sk_X509_value(chain, i);
  return nullptr;
}

/// Returns whether the response's entry is about this certificate. If there is no issuer, compares
/// only the serial number.
bool is_about(const OCSP_CERTID* id, X509& certificate, X509* issuer) {
  ASN1_OBJECT* algorithm = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, &algorithm, nullptr, &serial, const_cast<OCSP_CERTID*>(id));
  if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(&certificate)) != 0)
    return false;
  if (issuer == nullptr)
    return true;
  const auto* digest = EVP_get_digestbyobj(algorithm);
  if (digest == nullptr)
    return false;
  const ocsp_ptr<OCSP_CERTID> expected{OCSP_cert_to_id(digest, &certificate, issuer)};
  return expected && OCSP_id_cmp(expected.get(), id) == 0;
}

OCSP_SINGLERESP* entry_of(OCSP_BASICRESP& response, X509& certificate, X509* issuer) {
  for (int i = 0; i < OCSP_resp_count(&response); ++i) {
    auto* entry = OCSP_resp_get0(&response, i);
    if (is_about(OCSP_SINGLERESP_get0_id(entry), certificate, issuer))
      return entry;
  }
  return nullptr;
}

tl::expected<std::chrono::sys_seconds, std::string> good_until(OCSP_SINGLERESP& entry,
                                                               std::chrono::sys_seconds now) {
  ASN1_GENERALIZEDTIME* from = nullptr;
  ASN1_GENERALIZEDTIME* to = nullptr;
  const int status = OCSP_single_get0_status(&entry, nullptr, nullptr, &from, &to);
  if (status != V_OCSP_CERTSTATUS_GOOD)
    return tl::unexpected(std::string{"it says that the certificate is "}
                          + OCSP_cert_status_str(status));
  if (to == nullptr)
    return refused("it does not say when it expires");
  if (from == nullptr || to_sys_seconds(from) > now + leeway)
    return refused("it is not valid yet");
  if (to_sys_seconds(to) <= now)
    return refused("it has expired");
  return to_sys_seconds(to);
}

tl::expected<ocsp_staple, std::string> read(std::string_view der, X509& certificate,
                                            STACK_OF(X509) * chain, std::chrono::sys_seconds now) {
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = octets + der.size();
  const ocsp_ptr<OCSP_RESPONSE> response{
    d2i_OCSP_RESPONSE(nullptr, &octets, static_cast<long>(der.size()))};
  if (!response || octets != end)
    return refused("not an OCSP response in DER");
  if (const int status = OCSP_response_status(response.get());
      status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return tl::unexpected(std::string{"the responder's answer is "}
                          + OCSP_response_status_str(status));
  const ocsp_ptr<OCSP_BASICRESP> basic{OCSP_response_get1_basic(response.get())};
  if (!basic)
    return refused("not a basic OCSP response");
  auto* issuer = issuer_in(chain, certificate);
  auto* entry = entry_of(*basic, certificate, issuer);
  if (entry == nullptr)
    return refused("it is about another certificate");
  const auto until = good_until(*entry, now);
  if (!until)
    return tl::unexpected(until.error());
  if (issuer != nullptr && OCSP_basic_verify(basic.get(), chain, nullptr, OCSP_NOVERIFY) != 1)
    return refused("its signature is not valid");
  return ocsp_staple{std::string{der}, *until};
}

} // namespace

tl::expected<ocsp_staple, std::string> read_ocsp_staple(std::string_view der, X509& certificate,
                                                        STACK_OF(X509) * chain,
                                                        std::chrono::sys_seconds now) {
  auto result = read(der, certificate, chain, now);
  ERR_clear_error(); // the next TLS call would report an error left in the queue
  return result;
}

} // namespace fedhub
