// The objects that an idle stream holds. There are thousands of each, so their sizes matter.
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <gtest/gtest.h>

#include "actors/connection/connection_state.hpp"
#include "actors/stanzas/outbox.hpp"

namespace fedhub {
namespace {

using connection_impl = caf::stateful_actor<connection_state, connection_actor::base>;

/// CAF allocates an actor in one block, behind a cache line of CAF's own. The limits are size
/// classes of jemalloc: one octet more takes 256 or 32 octets more in each stream.
TEST(IdleStream, holds_objects_that_just_fit_a_class_of_the_allocator) {
  EXPECT_LE(sizeof(caf::actor_storage<connection_impl>), 1536U);
  EXPECT_LE(sizeof(outbox), 192U);
}

} // namespace
} // namespace fedhub
