#include "protocol/errors/sasl_failure.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::string_literals;
using enum sasl_failure;

TEST(SaslFailure, is_named_as_the_rfc_does) {
  const struct {
    sasl_failure failure;
    const char* name;
  } rows[] = {
    {aborted, "aborted"},
    {account_disabled, "account-disabled"},
    {credentials_expired, "credentials-expired"},
    {encryption_required, "encryption-required"},
    {incorrect_encoding, "incorrect-encoding"},
    {invalid_authzid, "invalid-authzid"},
    {invalid_mechanism, "invalid-mechanism"},
    {malformed_request, "malformed-request"},
    {mechanism_too_weak, "mechanism-too-weak"},
    {not_authorized, "not-authorized"},
    {temporary_auth_failure, "temporary-auth-failure"},
  };
  EXPECT_EQ(std::size(rows), sasl_failure_count);
  for (const auto& row : rows) {
    EXPECT_EQ(to_string(row.failure), row.name);
    EXPECT_EQ(parse_sasl_failure(row.name), row.failure);
    EXPECT_EQ(sasl_failure_xml(row.failure),
              "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><"s + row.name + "/></failure>");
  }
}

TEST(SaslFailure, of_a_name_that_the_rfc_does_not_know_says_no_more_than_that) {
  for (const char* name : {"", "no-such-thing", "Aborted", "bad-auth"})
    EXPECT_EQ(parse_sasl_failure(name), not_authorized) << name;
}

TEST(SaslFailure, escapes_its_text) {
  EXPECT_EQ(sasl_failure_xml(aborted, "a < b"),
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/>"
            "<text xml:lang='en'>a &lt; b</text></failure>");
}

} // namespace
} // namespace fedhub
