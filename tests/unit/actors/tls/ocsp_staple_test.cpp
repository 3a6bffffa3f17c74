// OCSP responses: which ones are used, and which clients get them.
#include "actors/tls/ocsp_staple.hpp"

#include <openssl/ocsp.h>

#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::ElementsAre;

struct answer {
  const identity* about;
  const identity* issuer = &pki::shared().intermediate;
  const identity* signer = &pki::shared().intermediate;
  int status = V_OCSP_CERTSTATUS_GOOD;
  std::chrono::sys_seconds from = today - 1h;
  std::optional<std::chrono::sys_seconds> to = today + 24h;
};

/// Returns the response in DER.
std::string made(const answer& answer) {
  const auto time = [](std::chrono::sys_seconds t) {
    return ASN1_GENERALIZEDTIME_set(nullptr, t.time_since_epoch().count());
  };
  auto* id = OCSP_cert_to_id(EVP_sha256(), answer.about->certificate.get(),
                             answer.issuer->certificate.get());
  auto* basic = OCSP_BASICRESP_new();
  auto* from = time(answer.from);
  auto* to = answer.to ? time(*answer.to) : nullptr;
  auto* revoked = answer.status == V_OCSP_CERTSTATUS_REVOKED ? time(answer.from) : nullptr;
  OCSP_basic_add1_status(basic, id, answer.status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked, from,
                         to);
  OCSP_basic_sign(basic, answer.signer->certificate.get(), answer.signer->key.get(), EVP_sha256(),
                  nullptr, OCSP_NOCERTS);
  auto* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &der);
  std::string result{reinterpret_cast<const char*>(der), static_cast<size_t>(size)};
  OPENSSL_free(der);
  OCSP_RESPONSE_free(response);
  ASN1_GENERALIZEDTIME_free(revoked);
  ASN1_GENERALIZEDTIME_free(to);
  ASN1_GENERALIZEDTIME_free(from);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  return result;
}

/// Returns a responder's answer without a status: "try later".
std::string try_later() {
  auto* response = OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &der);
  std::string result{reinterpret_cast<const char*>(der), static_cast<size_t>(size)};
  OPENSSL_free(der);
  OCSP_RESPONSE_free(response);
  return result;
}

class OcspStaple : public tls_scene {
protected:
  const identity own = issued("corp.example", {dns("corp.example")});

  /// Returns the fault of a response for `own`; empty if there is none.
  std::string fault_of(const std::string& der, bool with_chain = true,
                       std::chrono::sys_seconds now = today) const {
    const certificate_stack chain{sk_X509_new_null()};
    X509_up_ref(pki::shared().intermediate.certificate.get());
    sk_X509_push(chain.get(), pki::shared().intermediate.certificate.get());
    const auto read =
      read_ocsp_staple(der, *own.certificate, with_chain ? chain.get() : nullptr, now);
    EXPECT_EQ(ERR_peek_error(), 0u);
    return read ? "" : read.error();
  }

  /// Returns the response that a client gets if it asks; empty if it gets none.
  static std::string stapled(const tls_store& hub, std::string_view target, bool ask = true) {
    const ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
    ssl_ptr client{SSL_new(context.get())};
    SSL_set_connect_state(client.get());
    SSL_set_tlsext_host_name(client.get(), std::string{target}.c_str());
    if (ask)
      SSL_set_tlsext_status_type(client.get(), TLSEXT_STATUSTYPE_ocsp);
    const auto link = joined(hub.accept({}), std::move(client));
    EXPECT_TRUE(link.up) << link.why;
    const unsigned char* octets = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(link.client.get(), &octets);
    return size > 0 ? std::string{reinterpret_cast<const char*>(octets), static_cast<size_t>(size)}
                    : std::string{};
  }
};

TEST_F(OcspStaple, is_read_if_it_says_good_of_this_certificate_now) {
  const auto other = issued("other.example", {dns("other.example")});
  const auto stranger = make_ca("stranger");
  const auto good = made({.about = &own});
  auto garbled = good;
  garbled.back() = static_cast<char>(garbled.back() ^ 1);
  const std::pair<std::string, std::string> table[] = {
    {good, ""},
    {"", "not an OCSP response in DER"},
    {"garbage", "not an OCSP response in DER"},
    {good + "x", "not an OCSP response in DER"},
    {good.substr(0, good.size() - 1), "not an OCSP response in DER"},
    {try_later(), "the responder's answer is trylater"},
    {made({.about = &other}), "it is about another certificate"},
    {made({.about = &own, .issuer = &stranger}), "it is about another certificate"},
    {made({.about = &own, .status = V_OCSP_CERTSTATUS_REVOKED}),
     "it says that the certificate is revoked"},
    {made({.about = &own, .status = V_OCSP_CERTSTATUS_UNKNOWN}),
     "it says that the certificate is unknown"},
    {made({.about = &own, .to = {}}), "it does not say when it expires"},
    {made({.about = &own, .to = today}), "it has expired"},
    {made({.about = &own, .from = today + 6min}), "it is not valid yet"},
    {made({.about = &own, .from = today + 4min}), ""}, // clocks differ
    {made({.about = &own, .signer = &stranger}), "its signature is not valid"},
    {garbled, "its signature is not valid"},
  };
  for (const auto& [der, fault] : table)
    EXPECT_EQ(fault_of(der), fault);
  // Without the issuer in the chain, the signature can't be checked.
  EXPECT_EQ(fault_of(garbled, false), "");
  EXPECT_EQ(fault_of(made({.about = &other}), false), "it is about another certificate");
}

TEST_F(OcspStaple, is_shown_with_its_certificate_to_clients_that_ask) {
  // The system clock decides whether the response is shown.
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto der = made({.about = &own, .to = now + 24h});
  auto files = write(own);
  files.ocsp_file = place.write("corp.ocsp", der);
  const auto hub = load(config({for_domains({"first.example"}), files}));
  EXPECT_THAT(hub->warnings(), ElementsAre());
  EXPECT_EQ(stapled(*hub, "corp.example"), der);
  EXPECT_EQ(stapled(*hub, "corp.example", false), "");
  EXPECT_EQ(stapled(*hub, "first.example"), "");
}

TEST_F(OcspStaple, is_not_shown_once_it_has_expired) {
  // Valid when it is loaded, by the tests' own time, but expired by the system clock.
  auto files = write(own);
  files.ocsp_file =
    place.write("corp.ocsp", made({.about = &own, .from = today - 24h, .to = today - 1h}));
  auto loaded = tls_store::load(config({files}), {}, nullptr, today - 2h);
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_THAT((*loaded)->warnings(), ElementsAre());
  EXPECT_EQ(stapled(**loaded, "corp.example"), "");
}

TEST_F(OcspStaple, that_is_no_good_leaves_a_warning_and_the_certificate) {
  auto files = write(own);
  files.ocsp_file = place.write("corp.ocsp", "garbage");
  const auto hub = load(config({files}));
  EXPECT_THAT(hub->warnings(),
              ElementsAre("no OCSP response is stapled: " + files.ocsp_file.string()
                          + ": not an OCSP response in DER"));
  EXPECT_EQ(stapled(*hub, "corp.example"), "");
}

} // namespace
} // namespace fedhub
