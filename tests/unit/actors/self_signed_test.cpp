#include "actors/self_signed.hpp"

#include <ctime>

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "actors/tls_store.hpp"
#include "tests/unit/actors/folder.hpp"

namespace fedhub {
namespace {

using test::content_of;
using test::mode_of;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr long day_s = 86400;

std::vector<domain_pattern> domains(std::initializer_list<std::string_view> texts) {
  std::vector<domain_pattern> result;
  for (auto text : texts)
    result.push_back(domain_pattern::parse(text).value());
  return result;
}

struct file_closer {
  void operator()(FILE* x) const { std::fclose(x); }
};
using file_ptr = std::unique_ptr<FILE, file_closer>;

x509_ptr certificate_in(const std::filesystem::path& path) {
  file_ptr file{std::fopen(path.c_str(), "r")};
  return x509_ptr{file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr};
}

evp_pkey_ptr key_in(const std::filesystem::path& path) {
  file_ptr file{std::fopen(path.c_str(), "r")};
  return evp_pkey_ptr{file ? PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr) : nullptr};
}

class SelfSigned : public testing::Test {
protected:
  conf::certificate_files ensure(std::initializer_list<std::string_view> names) {
    auto made = ensure_self_signed(state, "hub-1", domains(names));
    EXPECT_TRUE(made) << made.error();
    return made.value_or(conf::certificate_files{});
  }

  test::folder place;
  std::filesystem::path state = place.path() / "state";
};

TEST_F(SelfSigned, certificate_is_for_the_domains_and_fits_its_key) {
  auto files = ensure({"corp.example", "*.corp.example", "m\xc3\xbcnchen.example"});
  auto x = certificate_in(files.chain_file);
  auto key = key_in(files.key_file);
  ASSERT_TRUE(x && key);
  EXPECT_EQ(X509_check_private_key(x.get(), key.get()), 1);
  for (auto name : {"corp.example", "chat.corp.example", "xn--mnchen-3ya.example"})
    EXPECT_EQ(X509_check_host(x.get(), name, 0, 0, nullptr), 1) << name;
  EXPECT_EQ(X509_check_host(x.get(), "partner.example", 0, 0, nullptr), 0);
  time_t in_11_months = std::time(nullptr) + 334 * day_s;
  time_t in_13_months = std::time(nullptr) + 395 * day_s;
  EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(x.get()), &in_11_months), 1);
  EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(x.get()), &in_13_months), -1);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(x.get())), 0);
}

TEST_F(SelfSigned, certificate_is_for_localhost_where_there_is_no_domain) {
  auto x = certificate_in(ensure({}).chain_file);
  ASSERT_TRUE(x);
  EXPECT_EQ(X509_check_host(x.get(), "localhost", 0, 0, nullptr), 1);
}

TEST_F(SelfSigned, key_is_the_owners_alone) {
  auto files = ensure({"corp.example"});
  EXPECT_EQ(mode_of(state), 0700);
  EXPECT_EQ(mode_of(files.key_file), 0600);
}

TEST_F(SelfSigned, certificate_is_kept_while_it_is_good) {
  auto files = ensure({"corp.example", "*.corp.example"});
  auto before = content_of(files.chain_file) + content_of(files.key_file);
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(ensure({"corp.example", "*.corp.example"}), files);
  EXPECT_EQ(content_of(files.chain_file) + content_of(files.key_file), before);
}

TEST_F(SelfSigned, certificate_is_made_anew_for_other_domains) {
  auto files = ensure({"corp.example"});
  ensure({"corp.example", "chat.example"});
  auto x = certificate_in(files.chain_file);
  ASSERT_TRUE(x);
  EXPECT_EQ(X509_check_host(x.get(), "chat.example", 0, 0, nullptr), 1);
}

TEST_F(SelfSigned, certificate_is_made_anew_when_a_file_is_damaged) {
  auto files = ensure({"corp.example"});
  for (auto& path : {files.chain_file, files.key_file}) {
    std::ofstream{path} << "damaged";
    ensure({"corp.example"});
    auto x = certificate_in(files.chain_file);
    auto key = key_in(files.key_file);
    ASSERT_TRUE(x && key) << path;
    EXPECT_EQ(X509_check_private_key(x.get(), key.get()), 1) << path;
  }
}

TEST_F(SelfSigned, certificate_is_made_anew_in_its_last_30_days) {
  auto files = ensure({"corp.example"});
  auto key = key_in(files.key_file);
  ASSERT_TRUE(key);
  for (long days : {31, 29}) {
    auto x = certificate_in(files.chain_file);
    X509_gmtime_adj(X509_getm_notAfter(x.get()), days * day_s);
    ASSERT_GT(X509_sign(x.get(), key.get(), EVP_sha256()), 0);
    file_ptr file{std::fopen(files.chain_file.c_str(), "w")};
    PEM_write_X509(file.get(), x.get());
    file.reset();
    auto before = content_of(files.chain_file);
    ensure({"corp.example"});
    EXPECT_EQ(content_of(files.chain_file) == before, days > 30) << days << " days left";
  }
}

TEST_F(SelfSigned, state_folder_that_cannot_be_made_is_named) {
  place.write("state", "a file");
  auto made = ensure_self_signed(state / "below", "hub-1", {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr((state / "below").string()));
  auto secret = ensure_dialback_secret(state / "below");
  ASSERT_FALSE(secret);
  EXPECT_THAT(secret.error(), HasSubstr((state / "below").string()));
}

class DialbackSecret : public testing::Test {
protected:
  test::folder place;
  std::filesystem::path state = place.path() / "state";
};

TEST_F(DialbackSecret, is_made_once_and_the_owners_alone) {
  auto first = ensure_dialback_secret(state);
  ASSERT_TRUE(first) << first.error();
  EXPECT_THAT(*first, MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(mode_of(state), 0700);
  EXPECT_EQ(mode_of(state / "dialback-secret"), 0600);
  EXPECT_EQ(ensure_dialback_secret(state).value(), *first);
}

TEST_F(DialbackSecret, is_another_for_each_hub) {
  EXPECT_NE(ensure_dialback_secret(state / "a").value(),
            ensure_dialback_secret(state / "b").value());
}

TEST_F(DialbackSecret, is_made_anew_if_the_file_is_empty) {
  std::filesystem::create_directories(state);
  place.write("state/dialback-secret", "\n");
  EXPECT_THAT(ensure_dialback_secret(state).value(), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(mode_of(state / "dialback-secret"), 0600);
}

} // namespace
} // namespace fedhub
