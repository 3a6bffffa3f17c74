#include "protocol/errors/stanza_error.hpp"

#include <gtest/gtest.h>

namespace fedhub::test {
namespace {

TEST(StanzaError, has_the_name_and_type_of_the_rfc) {
  const struct {
    stanza_error condition;
    const char* name;
    const char* type;
  } cases[] = {
    {stanza_error::bad_request, "bad-request", "modify"},
    {stanza_error::forbidden, "forbidden", "auth"},
    {stanza_error::gone, "gone", "cancel"},
    {stanza_error::internal_server_error, "internal-server-error", "cancel"},
    {stanza_error::item_not_found, "item-not-found", "cancel"},
    {stanza_error::jid_malformed, "jid-malformed", "modify"},
    {stanza_error::not_acceptable, "not-acceptable", "modify"},
    {stanza_error::not_allowed, "not-allowed", "cancel"},
    {stanza_error::not_authorized, "not-authorized", "auth"},
    {stanza_error::policy_violation, "policy-violation", "modify"},
    {stanza_error::recipient_unavailable, "recipient-unavailable", "wait"},
    {stanza_error::remote_server_not_found, "remote-server-not-found", "cancel"},
    {stanza_error::remote_server_timeout, "remote-server-timeout", "wait"},
    {stanza_error::resource_constraint, "resource-constraint", "wait"},
    {stanza_error::service_unavailable, "service-unavailable", "cancel"},
    {stanza_error::undefined_condition, "undefined-condition", "cancel"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(to_string(c.condition), c.name);
    EXPECT_EQ(error_type(c.condition), c.type) << c.name;
  }
}

} // namespace
} // namespace fedhub::test
