// Without actors, so that ThreadSanitizer can test it: CAF's library is not built for that.
#include "actors/rules/connection_registry.hpp"

#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using kind = connection_registry::kind;
using testing::SizeIs;

TEST(ConnectionRegistryUnderThreads, loses_nothing) {
  connection_registry live;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i)
    threads.emplace_back([&live, i] {
      for (uint64_t n = 0; n < 5000; ++n) {
        live.add(n * 4 + i, {}, n % 2 == 0);
        if (n % 50 == 0) {
          EXPECT_FALSE(live.all(kind::any).empty());
        }
        if (n % 10 != 0)
          live.remove(n * 4 + i);
        EXPECT_FALSE(live.none(kind::any));
      }
    });
  for (auto& x : threads)
    x.join();
  EXPECT_THAT(live.all(kind::any), SizeIs(4 * 500));
}

} // namespace
} // namespace fedhub
