#include "metrics/labels.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

template <class Enum>
class label : public testing::Test {};

using label_enums =
  testing::Types<failure, stanza_kind, stream_leg, stanza_direction, stream_state, stream_tls,
                 negotiation_result, dialback_role, dialback_result, dns_method, dns_result,
                 dns_step, dns_view_result, connect_result, reply_result, tls_role, tls_version,
                 tls_session, resumption_role, resumption_result, identity_method, trust_violation,
                 unverified_outcome, path_status, listener_kind, connection_limit, takeover_result,
                 actor_kind, reload_result>;
TYPED_TEST_SUITE(label, label_enums);

TYPED_TEST(label, has_a_name_of_its_own_for_each_value) {
  std::set<std::string> seen;
  for (size_t i = 0; i < label_count<TypeParam>; ++i) {
    const std::string name{to_string(static_cast<TypeParam>(i))};
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), name.npos) << name;
    EXPECT_FALSE(name.empty()) << "value " << i;
    EXPECT_TRUE(seen.insert(name).second) << name << " stands for two values";
  }
}

TEST(labels, name_the_last_enumerator_last) {
  EXPECT_EQ(to_string(stream_leg::node_s2s_out), "node-s2s-out");
  EXPECT_EQ(to_string(dialback_result::timeout), "timeout");
  EXPECT_EQ(to_string(dns_method::cache), "cache");
  EXPECT_EQ(to_string(dns_result::refused), "refused");
  EXPECT_EQ(to_string(dns_view_result::not_allowed), "not-allowed");
  EXPECT_EQ(to_string(connect_result::cancelled), "cancelled");
  EXPECT_EQ(to_string(tls_version::tls_1_3), "1.3");
  EXPECT_EQ(to_string(listener_kind::nodes), "nodes");
  EXPECT_EQ(to_string(connection_limit::rate), "rate");
  EXPECT_EQ(to_string(actor_kind::other), "other");
}

TEST(labels, take_a_stanza_s_direction_from_the_stream_it_came_on) {
  EXPECT_EQ(direction_of(stream_leg::s2s_in), stanza_direction::from_world);
  EXPECT_EQ(direction_of(stream_leg::s2s_out), stanza_direction::from_world);
  EXPECT_EQ(direction_of(stream_leg::node_component), stanza_direction::from_node);
  EXPECT_EQ(direction_of(stream_leg::node_s2s_in), stanza_direction::from_node);
  EXPECT_EQ(direction_of(stream_leg::node_s2s_out), stanza_direction::from_node);
}

TEST(labels, tell_the_result_of_a_resolution_by_its_failure) {
  const std::pair<failure, dns_result> table[] = {
    {failure::none, dns_result::found},
    {failure::dns_not_found, dns_result::not_found},
    {failure::dns_no_service, dns_result::no_service},
    {failure::dns_failed, dns_result::failed},
    {failure::dns_timeout, dns_result::timeout},
    {failure::address_refused, dns_result::refused},
    {failure::shutting_down, dns_result::failed},
  };
  for (const auto& [why, result] : table)
    EXPECT_EQ(dns_result_of(why), result) << to_string(why);
}

} // namespace
} // namespace fedhub
