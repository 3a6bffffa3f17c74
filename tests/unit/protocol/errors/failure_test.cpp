#include "protocol/errors/failure.hpp"

#include <gtest/gtest.h>
#include <set>

namespace fedhub {
namespace {

std::vector<failure> all() {
  std::vector<failure> xs;
  for (size_t i = 0; i < failure_count; ++i)
    xs.push_back(static_cast<failure>(i));
  return xs;
}

TEST(Failure, has_a_name_of_its_own_that_a_metric_can_bear) {
  std::set<std::string_view> names;
  for (auto entry : all()) {
    const auto name = to_string(entry);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), name.npos) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(describe(entry).empty()) << name;
  }
}

TEST(Failure, belongs_to_one_of_a_fixed_set_of_stages) {
  const std::set<std::string_view> stages{"none",     "policy", "dns",  "connect", "stream", "tls",
                                          "dialback", "queue",  "node", "hub",     "stanza"};
  for (auto x : all())
    EXPECT_TRUE(stages.contains(stage_of(x))) << to_string(x);
}

TEST(Failure, tells_the_sender_what_the_specifications_ask_for) {
  struct row {
    failure why;
    stanza_error condition;
  };
  for (const row& x : {
         row{failure::dns_not_found, stanza_error::remote_server_not_found}, // RFC 6120 §8.3.3.16
         row{failure::dns_timeout, stanza_error::remote_server_timeout},     // §8.3.3.17
         row{failure::connect_refused, stanza_error::remote_server_timeout},
         row{failure::certificate_refused, stanza_error::remote_server_timeout},
         row{failure::external_refused, stanza_error::remote_server_timeout},
         row{failure::acknowledge_timeout, stanza_error::remote_server_timeout},
         row{failure::unconfirmed, stanza_error::remote_server_timeout},
         row{failure::dialback_refused, stanza_error::internal_server_error}, // XEP-0220 §2.1.1
         row{failure::dialback_error, stanza_error::remote_server_timeout},
         row{failure::queue_full, stanza_error::resource_constraint},
         row{failure::bad_address, stanza_error::jid_malformed},
         row{failure::node_unavailable, stanza_error::service_unavailable},
       })
    EXPECT_EQ(condition_of(x.why), x.condition) << to_string(x.why);
}

} // namespace
} // namespace fedhub
