#include "actors/rules/connection_registry.hpp"

#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using kind = connection_registry::kind;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ConnectionRegistry : public test::hub_test {
protected:
  connection_actor connection() { return spawn(test::fake_connection, &log); }

  test::connection_log log;
  connection_registry live;
};

TEST_F(ConnectionRegistry, knows_all_connections_and_those_of_s2s) {
  EXPECT_TRUE(live.none(kind::any));
  auto a = connection(), b = connection(), c = connection();
  live.add(1, a, false);
  live.add(2, b, true);
  live.add(3, c, false);
  EXPECT_THAT(live.all(kind::any), UnorderedElementsAre(a, b, c));
  EXPECT_THAT(live.all(kind::s2s), UnorderedElementsAre(a, c));
  live.remove(1);
  live.remove(3);
  EXPECT_TRUE(live.none(kind::s2s));
  EXPECT_FALSE(live.none(kind::any));
  live.remove(2);
  EXPECT_TRUE(live.none(kind::any));
}

TEST_F(ConnectionRegistry, updates_the_kind_of_a_connection) {
  auto a = connection();
  live.add(1, a, true);
  live.add(1, a, false); // known from its header
  EXPECT_THAT(live.all(kind::s2s), UnorderedElementsAre(a));
  EXPECT_THAT(live.all(kind::any), SizeIs(1));
}

TEST_F(ConnectionRegistry, ignores_a_connection_that_is_already_gone) {
  live.remove(7);
  EXPECT_THAT(live.all(kind::any), IsEmpty());
}

} // namespace
} // namespace fedhub
