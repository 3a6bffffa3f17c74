// An incoming stream after its rules have changed: granted pairs, and pending keys.
#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/protocol/stream/incoming_scene.hpp"

namespace fedhub {
namespace {

using namespace ::fedhub::testing::incoming;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Rules that change during the stream.
class changing_policy final : public incoming_policy {
public:
  bool served = true, proven = false, dialback = true, same = true;
  failure why_not = failure::none;

  bool serves(const domain_name&) const override { return served; }
  failure admits(const domain_pair& x) const override {
    return x == denied ? failure::domain_denied : why_not;
  }
  bool trusted(const domain_name& x) const override { return node && x == pair.from; }
  bool authoritative(const domain_name&) const override { return served; }
  identity_proof proof(const domain_name&) const override { return {proven}; }
  bool dialback_enough(const domain_name&) const override { return dialback; }
  bool same_authority(const domain_name&) const override { return same; }

  bool node = false;
  domain_pair denied;
};

enum class way : uint8_t { dialback, certificate, configuration };

/// A stream on TLS whose pair is granted, or pending by dialback.
class scene_of_rules {
public:
  explicit scene_of_rules(way how, bool granted = true) {
    rules.proven = how == way::certificate;
    rules.node = how == way::configuration;
    for (auto& x : secure)
      x == "tls" ? driver.run(stream.on_tls_established()) : driver.receive(x);
    driver.receive(key);
    if (how == way::dialback && granted)
      driver.run(
        stream.on_verified(pair, stream.stream_id(), dialback_outcome::valid, failure::none, ""));
    EXPECT_EQ(stream.authorised(pair), granted || how != way::dialback);
  }

  review change(const std::function<void(changing_policy&)>& how,
                stream_security security = tls_optional) {
    how(rules);
    return stream.on_rules(security);
  }

  changing_policy rules;
  incoming_stream stream{options(tls_optional), rules, keys};
  testing::stream_driver<incoming_stream> driver{stream};
};

struct change {
  const char* name;
  std::function<void(changing_policy&)> how;
  failure of_dialback, of_certificate, of_configuration;
};

TEST(IncomingStreamRules, take_back_what_would_not_be_granted_again) {
  using enum failure;
  const std::vector<change> changes{
    {"nothing", [](auto&) {}, none, none, none},
    {"the domain is served", [](auto& x) { x.served = false; }, domain_denied, domain_denied,
     domain_denied},
    {"denied", [](auto& x) { x.why_not = domain_denied; }, domain_denied, domain_denied,
     domain_denied},
    {"federation", [](auto& x) { x.why_not = federation_disabled; }, federation_disabled,
     federation_disabled, federation_disabled},
    {"TLS", [](auto& x) { x.why_not = tls_not_offered; }, tls_not_offered, tls_not_offered,
     tls_not_offered},
    {"dialback", [](auto& x) { x.dialback = false; }, certificate_refused, none, none},
    {"the certificate", [](auto& x) { x.proven = false; }, none, certificate_refused, none},
    {"who was asked", [](auto& x) { x.same = false; }, dialback_error, none, none},
    {"the node", [](auto& x) { x.node = false; }, none, none, domain_denied},
  };
  for (auto& change : changes)
    for (auto [how, expected] : {std::pair{way::dialback, change.of_dialback},
                                 std::pair{way::certificate, change.of_certificate},
                                 std::pair{way::configuration, change.of_configuration}}) {
      SCOPED_TRACE(std::string{change.name} + ", way " + std::to_string(static_cast<int>(how)));
      scene_of_rules scene{how};
      auto result = scene.change(change.how);
      EXPECT_EQ(result.taken.why, expected);
      EXPECT_EQ(scene.stream.stands(pair), expected == none);
      EXPECT_TRUE(!result.taken || result.whole);
    }
}

TEST(IncomingStreamRules, keep_a_pair_of_dialback_that_the_certificate_proves) {
  scene_of_rules scene{way::dialback};
  EXPECT_FALSE(scene
                 .change([](auto& result) {
                   result.dialback = false;
                   result.proven = true;
                 })
                 .taken);
}

TEST(IncomingStreamRules, end_keys_under_verification_that_would_not_be_taken) {
  scene_of_rules scene{way::dialback, false};
  auto kept = scene.change([](auto&) {});
  EXPECT_THAT(kept.actions, SizeIs(0));
  auto result = scene.change([](auto& x) { x.why_not = failure::domain_denied; });
  EXPECT_FALSE(result.taken) << "nothing was granted yet";
  auto said = scene.driver.run(result.actions);
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_THAT(said[0], HasSubstr("policy-violation"));
  EXPECT_THAT(said[0], HasSubstr("type='error'"));
  EXPECT_THAT(said[1], HasSubstr("sent result"));
  scene.rules.why_not = failure::none;
  scene.driver.run(scene.stream.on_verified(pair, scene.stream.stream_id(), dialback_outcome::valid,
                                            failure::none, ""));
  EXPECT_FALSE(scene.stream.authorised(pair)) << "the answer is to a question of before";
}

TEST(IncomingStreamRules, leave_what_other_pairs_have) {
  scene_of_rules scene{way::dialback};
  scene.driver.receive(other_key);
  scene.driver.run(scene.stream.on_verified(other_pair, scene.stream.stream_id(),
                                            dialback_outcome::valid, failure::none, ""));
  auto result = scene.change([](auto& x) { x.denied = pair; });
  EXPECT_EQ(result.taken.why, failure::domain_denied);
  EXPECT_FALSE(result.whole);
  EXPECT_FALSE(scene.stream.stands(pair));
  EXPECT_TRUE(scene.stream.stands(other_pair));
}

TEST(IncomingStreamRules, end_dialback_in_clear_text_where_it_is_not_possible_any_more) {
  for (bool asked : {false, true}) {
    changing_policy rules;
    incoming_stream stream{options(tls_optional), rules, keys};
    testing::stream_driver<incoming_stream> driver{stream};
    driver.receive(header);
    if (asked)
      driver.receive("<db:verify from='peer.example' to='here.example' id='i'>k</db:verify>");
    auto result = stream.on_rules(tls_required);
    EXPECT_EQ(result.taken.why, asked ? failure::tls_not_offered : failure::none)
      << "the peer can still start TLS";
  }
}

} // namespace
} // namespace fedhub
