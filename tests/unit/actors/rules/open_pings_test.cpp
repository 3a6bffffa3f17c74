#include "actors/rules/open_pings.hpp"

#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

class OpenPings : public test::hub_test {
protected:
  test::connection_log log;
  connection_actor asker = spawn(test::fake_connection, &log);
  const domain_name corp = test::domain("corp.example");
  const domain_name partner = test::domain("partner.example");
  open_pings pings;
};

TEST_F(OpenPings, know_who_asked_by_id_and_both_domains) {
  EXPECT_TRUE(pings.none());
  pings.open("ping-1", {corp, partner}, asker);
  EXPECT_FALSE(pings.none());
  EXPECT_EQ(pings.asker("ping-1", partner, corp), asker);
  const auto other = test::domain("other.example");
  EXPECT_FALSE(pings.asker("ping-2", partner, corp));
  EXPECT_FALSE(pings.asker("ping-1", other, corp));
  EXPECT_FALSE(pings.asker("ping-1", partner, other));
  EXPECT_FALSE(pings.asker("ping-1", corp, partner));
}

TEST_F(OpenPings, forget_what_is_answered) {
  pings.open("ping-1", {corp, partner}, asker);
  pings.open("ping-1", {corp, partner}, asker); // asked again
  pings.close("ping-1");
  EXPECT_TRUE(pings.none());
  EXPECT_FALSE(pings.asker("ping-1", partner, corp));
  pings.close("ping-1");
}

} // namespace
} // namespace fedhub
