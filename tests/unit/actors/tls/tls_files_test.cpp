// Errors and warnings of a TLS store about its files.
#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class TlsFiles : public tls_scene {};

TEST_F(TlsFiles, are_named_where_trust_cannot_be_read_from_them) {
  const auto bad_pem = place.write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  const auto empty = place.write("empty", "");
  const auto missing = place.path() / "missing";
  const auto with = [&](auto change) {
    auto result = config({for_domains({"corp.example"})});
    change(result.tls);
    return error_of(result);
  };
  for (const auto& file : {bad_pem, empty, missing}) {
    EXPECT_THAT(with([&](conf::tls_config& x) { x.ca_file = file; }),
                StartsWith(file.string() + ": "));
    EXPECT_THAT(with([&](conf::tls_config& x) { x.crl_files = {file}; }),
                StartsWith(file.string() + ": "));
  }
  EXPECT_EQ(with([](conf::tls_config&) {}), "");
}

TEST_F(TlsFiles, are_named_where_the_client_certificate_cannot_be_read_from_them) {
  const auto good = for_domains({"corp.example"});
  const auto other = for_domains({"other.example"});
  auto result = config({good});
  result.tls.client_certificate = {good.chain_file, other.key_file};
  EXPECT_THAT(error_of(result), AllOf(StartsWith(other.key_file.string()),
                                      HasSubstr(good.chain_file.string()), HasSubstr("mismatch")));
  result.tls.client_certificate = {other.key_file, other.key_file};
  EXPECT_THAT(error_of(result), StartsWith(other.key_file.string()));
}

TEST_F(TlsFiles, of_keys_with_a_passphrase_are_an_error_not_a_prompt) {
  const auto made = issued("corp.example", {dns("corp.example")});
  const openssl_ptr<BIO> out{BIO_new(BIO_s_mem())};
  const unsigned char passphrase[] = "secret";
  PEM_write_bio_PrivateKey(out.get(), made.key.get(), EVP_aes_128_cbc(), passphrase, 6, nullptr,
                           nullptr);
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(out.get(), &text));
  auto files = write(made);
  files.key_file = place.write("locked.key", {text, size});
  EXPECT_THAT(error_of(config({files})), StartsWith(files.key_file.string() + ": "));
}

TEST_F(TlsFiles, with_weak_keys_are_named) {
  const auto files = write(make_identity({.issuer = &pki::shared().intermediate,
                                          .names = {dns("a.example")},
                                          .key = key_kind::rsa_1024}));
  EXPECT_THAT(error_of(config({files})),
              AllOf(StartsWith(files.chain_file.string()), HasSubstr("key too small")));
}

TEST_F(TlsFiles, say_how_long_a_certificate_lasts_however_long_that_is) {
  // RFC 5280 §4.1.2.5: "no well-defined expiration date".
  const auto end = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::hours{23}
                   + std::chrono::minutes{59} + std::chrono::seconds{59};
  const auto lasting = make_identity({.names = {dns("corp.example")}, .not_after = end});
  const auto store = load(config({write(lasting, {})}));
  ASSERT_TRUE(store);
  EXPECT_EQ(store->certificates().front().not_after, end);
  EXPECT_THAT(store->warnings(), ElementsAre());
}

TEST_F(TlsFiles, of_expired_certificates_are_served_with_a_warning) {
  const auto old = make_identity(
    {.issuer = &pki::shared().intermediate, .names = {dns("corp.example")}, .not_after = today});
  const auto files = write(old);
  const auto store = load(config({files}));
  ASSERT_TRUE(store);
  EXPECT_THAT(store->warnings(),
              ElementsAre(files.chain_file.string() + ": the certificate has expired"));
}

} // namespace
} // namespace fedhub
