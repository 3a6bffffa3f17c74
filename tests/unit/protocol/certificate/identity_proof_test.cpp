#include "protocol/certificate/identity_proof.hpp"

#include <gtest/gtest.h>

#include "protocol/text/domain_name.hpp"

namespace fedhub {
namespace {

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

const name_match found{
  .domain = domain("sender.example"), .type = name_type::dns_name, .presented = "sender.example"};

TEST(IdentityProof, holds_where_path_and_name_hold) {
  EXPECT_TRUE(prove_by_path({.status = path_status::ok}, found).proven);
  const auto other = prove_by_path({.status = path_status::ok}, name_match{});
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
    const auto result = prove_by_path({.status = status}, found);
    EXPECT_FALSE(result.proven);
    EXPECT_EQ(to_string(result.why), to_string(wanted));
    EXPECT_FALSE(result.detail.empty());
  }
}

} // namespace
} // namespace fedhub
