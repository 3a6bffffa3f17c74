#include "actors/tls/self_signed.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "actors/tls/certificate_message.hpp"
#include "actors/tls/tls_store.hpp"
#include "protocol/certificate/asn1_time.hpp"
#include "protocol/text/hex.hpp"
#include "tests/unit/actors/files/folder.hpp"
#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::content_of;
using test::mode_of;
using testing::AllOf;
using testing::HasSubstr;

std::vector<domain_pattern> domains(std::initializer_list<std::string_view> texts) {
  std::vector<domain_pattern> result;
  for (auto text : texts)
    result.push_back(domain_pattern::parse(text).value());
  return result;
}

std::vector<domain_pattern> many_domains(size_t count) {
  std::vector<domain_pattern> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(*domain_pattern::parse("domain-" + std::to_string(i) + ".example"));
  return result;
}

bool is_for(const own_certificate& x, const char* name) {
  return X509_check_host(x.certificate.get(), name, 0, 0, nullptr) == 1;
}

bool fit(const own_certificate& x) {
  return X509_check_private_key(x.certificate.get(), x.key.get()) == 1;
}

bool same(const own_certificate& one, const own_certificate& other) {
  return X509_cmp(one.certificate.get(), other.certificate.get()) == 0
         && EVP_PKEY_eq(one.key.get(), other.key.get()) == 1;
}

class SelfSigned : public testing::Test {
protected:
  tl::expected<own_certificate, std::string> attempt(std::initializer_list<std::string_view> names,
                                                     state_use use = state_use::make) {
    return self_signed_certificate(state, "hub-1", domains(names), now, use);
  }
  own_certificate ensure(std::initializer_list<std::string_view> names = {"corp.example"}) {
    auto made = attempt(names);
    EXPECT_TRUE(made) << made.error();
    return made ? std::move(*made) : own_certificate{};
  }
  std::string error() {
    auto made = attempt({"corp.example"});
    return made ? "" : made.error();
  }
  std::string both() const { return content_of(crt) + content_of(key); }

  test::folder place;
  std::filesystem::path state = place.path() / "state";
  std::filesystem::path crt = state / "self-signed.crt";
  std::filesystem::path key = state / "self-signed.key";
  std::chrono::sys_seconds now =
    std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
};

TEST_F(SelfSigned, certificate_is_for_the_domains_and_fits_its_key) {
  auto result = ensure({"corp.example", "*.corp.example", "m\xc3\xbcnchen.example"});
  ASSERT_TRUE(result.certificate && result.key);
  EXPECT_TRUE(fit(result));
  for (auto name : {"corp.example", "chat.corp.example", "xn--mnchen-3ya.example"})
    EXPECT_TRUE(is_for(result, name)) << name;
  EXPECT_FALSE(is_for(result, "partner.example"));
  const auto not_after = to_sys_seconds(X509_get0_notAfter(result.certificate.get()));
  EXPECT_EQ(not_after, now + std::chrono::days{365});
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(result.certificate.get())), 0);
}

TEST_F(SelfSigned, certificate_is_for_localhost_where_there_is_no_domain) {
  EXPECT_TRUE(is_for(ensure({}), "localhost"));
}

TEST_F(SelfSigned, files_are_the_owners_alone) {
  ensure();
  EXPECT_EQ(mode_of(state), 0700);
  EXPECT_EQ(mode_of(key), 0600);
  EXPECT_EQ(mode_of(crt), 0600);
}

TEST_F(SelfSigned, certificate_is_kept_while_it_is_good) {
  auto first = ensure({"corp.example", "*.corp.example"});
  auto before = both();
  EXPECT_TRUE(same(ensure({"corp.example", "*.corp.example"}), first));
  EXPECT_EQ(both(), before);
}

TEST_F(SelfSigned, certificate_is_made_anew_for_other_domains_with_the_same_key) {
  auto first = ensure({"corp.example"});
  auto second = ensure({"corp.example", "chat.example"});
  EXPECT_TRUE(is_for(second, "chat.example"));
  EXPECT_EQ(EVP_PKEY_eq(first.key.get(), second.key.get()), 1) << "a peer may have pinned it";
  EXPECT_TRUE(same(ensure({"corp.example", "chat.example"}), second));
}

TEST_F(SelfSigned, certificate_is_made_anew_in_its_last_30_days) {
  auto first = ensure();
  const auto end = now + std::chrono::days{365};
  now = end - self_signed_renewal - 1s;
  EXPECT_TRUE(same(ensure(), first));
  now = end - self_signed_renewal;
  auto second = ensure();
  EXPECT_FALSE(same(second, first));
  EXPECT_TRUE(fit(second));
  EXPECT_EQ(EVP_PKEY_eq(first.key.get(), second.key.get()), 1);
  EXPECT_EQ(to_sys_seconds(X509_get0_notAfter(second.certificate.get())),
            now + std::chrono::days{365});
}

TEST_F(SelfSigned, certificate_alone_is_made_anew_if_it_is_missing) {
  auto first = ensure();
  std::filesystem::remove(crt);
  auto second = ensure();
  EXPECT_TRUE(fit(second));
  EXPECT_EQ(EVP_PKEY_eq(first.key.get(), second.key.get()), 1);
}

TEST_F(SelfSigned, key_that_is_missing_is_an_error) {
  ensure();
  std::filesystem::remove(key);
  EXPECT_THAT(error(), AllOf(HasSubstr(key.string()), HasSubstr("missing")));
  EXPECT_FALSE(std::filesystem::exists(key));
}

TEST_F(SelfSigned, files_that_are_not_whole_are_errors_and_stay) {
  ensure();
  for (auto& path : {crt, key}) {
    const auto whole = content_of(path);
    const std::string nul(whole.size(), '\0');
    for (const std::string& bad :
         {std::string{}, whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 30),
          std::string{"damaged"}, nul, std::string(2 << 20, 'x')}) {
      std::ofstream{path} << bad;
      EXPECT_THAT(error(), AllOf(HasSubstr(path.string()), HasSubstr("damaged"))) << bad.size();
      EXPECT_FALSE(attempt({"corp.example"}, state_use::look)) << bad.size();
      EXPECT_EQ(content_of(path), bad);
    }
    std::ofstream{path} << whole;
    EXPECT_EQ(error(), "");
  }
}

TEST_F(SelfSigned, certificate_and_key_of_different_pairs_are_an_error) {
  ensure();
  const auto whole = content_of(key);
  auto other = self_signed_certificate(place.path() / "other", "hub-2", {}, now);
  ASSERT_TRUE(other);
  std::ofstream{key} << content_of(place.path() / "other" / "self-signed.key");
  EXPECT_THAT(error(), AllOf(HasSubstr(crt.string()), HasSubstr("does not belong to")));
  std::ofstream{key} << whole;
  EXPECT_EQ(error(), "");
}

TEST_F(SelfSigned, look_leaves_no_trace) {
  auto made = attempt({"corp.example"}, state_use::look);
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(fit(*made));
  EXPECT_FALSE(std::filesystem::exists(state));
  ensure();
  const auto before = both();
  made = attempt({"other.example"}, state_use::look);
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(is_for(*made, "other.example"));
  EXPECT_EQ(both(), before);
}

TEST_F(SelfSigned, state_folder_that_cannot_be_made_is_named) {
  place.write("state", "a file");
  auto made = self_signed_certificate(state / "below", "hub-1", {}, now);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr((state / "below").string()));
}

/// @returns whether a handshake with a server that shows `certificate` succeeds, with OpenSSL's
/// defaults.
bool handshake_works(const own_certificate& certificate) {
  ssl_ctx_ptr server{SSL_CTX_new(TLS_server_method())}, client{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set_security_level(client.get(), 0);
  EXPECT_EQ(SSL_CTX_use_cert_and_key(server.get(), certificate.certificate.get(),
                                     certificate.key.get(), nullptr, 1),
            1);
  ssl_ptr accepting{SSL_new(server.get())}, connecting{SSL_new(client.get())};
  SSL_set_accept_state(accepting.get());
  SSL_set_connect_state(connecting.get());
  return test::joined(std::move(accepting), std::move(connecting)).up;
}

TEST_F(SelfSigned, certificate_is_bounded_by_what_a_handshake_takes) {
  // Finds by bisection the largest number of domains that is accepted. One more must be refused,
  // and the largest certificate must nearly reach the limit.
  size_t good = 1000, bad = 10000;
  const auto make = [&](size_t count) {
    return self_signed_certificate(state, "hub-1", many_domains(count), now, state_use::look);
  };
  ASSERT_TRUE(make(good));
  ASSERT_FALSE(make(bad));
  while (bad - good > 1)
    (make((good + bad) / 2) ? good : bad) = (good + bad) / 2;
  auto largest = make(good);
  ASSERT_TRUE(largest);
  const auto octets = certificate_message_octets(largest->certificate.get(), nullptr);
  EXPECT_LE(octets, max_certificate_message);
  EXPECT_GT(octets, max_certificate_message - 64) << "it could have more domains";
  EXPECT_TRUE(handshake_works(*largest));
  EXPECT_THAT(make(bad).error(), AllOf(HasSubstr(std::to_string(bad) + " domains"),
                                       HasSubstr("102400"), HasSubstr("self-signed.crt")));
  auto made = self_signed_certificate(state, "hub-1", many_domains(bad), now);
  EXPECT_FALSE(made);
  EXPECT_FALSE(std::filesystem::exists(key)) << "nothing is left behind";
}

/// Starts several processes at the same time. @returns the result of each.
template <class Make>
std::vector<std::string> at_once(size_t processes, Make make) {
  int gate[2], results[2];
  EXPECT_EQ(::pipe(gate), 0);
  EXPECT_EQ(::pipe(results), 0);
  std::vector<pid_t> children;
  for (size_t i = 0; i < processes; ++i) {
    const auto child = ::fork();
    if (child == 0) {
      ::close(gate[1]);
      char octet = 0;
      [[maybe_unused]] auto n = ::read(gate[0], &octet, 1); // waits until the gate opens
      std::string line = make();
      line.resize(64, '-');
      n = ::write(results[1], line.data(), line.size());
      ::_exit(0);
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  std::vector<std::string> lines;
  for (auto child : children) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    std::string line(64, ' ');
    EXPECT_EQ(::read(results[0], line.data(), line.size()), 64);
    lines.push_back(line);
  }
  ::close(results[0]);
  ::close(results[1]);
  return lines;
}

std::string fingerprint(const own_certificate& certificate) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  X509_digest(certificate.certificate.get(), EVP_sha256(), digest.data(), &size);
  return (fit(certificate) ? "" : "another key ") + to_hex(digest);
}

TEST_F(SelfSigned, processes_that_begin_at_once_get_the_same_certificate) {
  for (int round = 0; round < 40; ++round) {
    // First without a certificate, then with one that is due for renewal.
    for (auto days : {0, 364}) {
      const auto lines = at_once(3, [&] {
        auto made = self_signed_certificate(state, "hub-1", domains({"corp.example"}),
                                            now + std::chrono::days{days});
        return made ? fingerprint(*made) : made.error();
      });
      ASSERT_EQ(std::ranges::count(lines, lines.front()), 3) << lines[0] << lines[1] << lines[2];
      ASSERT_EQ(lines.front().find_first_not_of("0123456789abcdef"), std::string::npos)
        << lines.front();
    }
    std::filesystem::remove_all(state);
  }
}

} // namespace
} // namespace fedhub
