#include "protocol/identity_proof.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

certificate_verdict verdict(path_status status, std::string_view name) {
  certificate_verdict x;
  x.path.status = status;
  name_match match;
  match.domain = domain(name);
  match.type = name_type::dns_name;
  x.names.push_back(match);
  return x;
}

TEST(IdentityProof, holds_where_path_and_name_hold) {
  const auto good = verdict(path_status::ok, "sender.example");
  EXPECT_TRUE(prove_by_path(good, domain("sender.example")).proven);
  const auto other = prove_by_path(good, domain("other.example"));
  EXPECT_FALSE(other.proven);
  EXPECT_EQ(other.why, sasl_failure::not_authorized);
  EXPECT_EQ(other.detail, "the certificate is for other domains");
}

TEST(IdentityProof, proves_nothing_unless_asked) { EXPECT_FALSE(identity_proof{}.proven); }

TEST(IdentityProof, says_what_is_wrong_with_the_certificate) {
  using enum path_status;
  for (size_t i = 0; i < path_status_count; ++i) {
    const auto status = static_cast<path_status>(i);
    if (status == ok)
      continue;
    SCOPED_TRACE(to_string(status));
    const auto wanted = [status] {
      switch (status) {
      case expired:
        return sasl_failure::credentials_expired;
      case crl_missing:
      case crl_expired:
      case crl_invalid:
        return sasl_failure::temporary_auth_failure;
      default:
        return sasl_failure::not_authorized;
      }
    }();
    const auto x = prove_by_path(verdict(status, "sender.example"), domain("sender.example"));
    EXPECT_FALSE(x.proven);
    EXPECT_EQ(to_string(x.why), to_string(wanted));
    EXPECT_FALSE(x.detail.empty());
  }
}

} // namespace
} // namespace fedhub
