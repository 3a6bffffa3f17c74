// A hub among peers that do anything at any time. Invariants are checked after every step.
//
// FEDHUB_MODEL_SEED=N      begins with this seed (each further hub has the next one).
// FEDHUB_MODEL_STEPS=N     takes N steps in all.
// FEDHUB_MODEL_SHOWN=N     shows the last N steps if an invariant is violated.
// FEDHUB_MODEL_LIFE=N      takes N steps with each hub; by default the seed decides.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/model/model.hpp"

namespace fedhub::model {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of the program writes to the environment
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

uint64_t steps_of(uint64_t seed) {
  return from_environment("FEDHUB_MODEL_LIFE", 50 + random_source{seed ^ 0x11feU}.below(1500));
}

TEST(Model, holds_whatever_peers_do) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto steps = from_environment("FEDHUB_MODEL_STEPS", 80000);
  auto seed = from_environment("FEDHUB_MODEL_SEED", 1);
  const hub_state state;
  uint64_t taken = 0;
  uint64_t trace = 0;
  std::map<std::string, double> events;
  for (; taken < steps; ++seed) {
    const auto life = steps_of(seed);
    model model{seed, state};
    const auto problem = model.run(life, from_environment("FEDHUB_MODEL_SHOWN", 40));
    ASSERT_TRUE(problem.empty()) << problem << "\nFEDHUB_MODEL_SEED=" << seed
                                 << " FEDHUB_MODEL_STEPS=1 shows it again";
    taken += life;
    trace = trace * 31 + model.trace();
    model.add_events(events);
  }
  std::cout << taken << " steps, seeds up to " << seed - 1 << ", trace " << trace << '\n';
  for (auto& [name, count] : events)
    if (count > 0)
      std::cout << "  " << name << ": " << static_cast<uint64_t>(count) << '\n';
  if (taken < 80000)
    return;
  // A run in which little happens proves little.
  for (const auto* name :
       {"delivered", "paused", "resumed", "rules", "sent again", "stalled", "bounced: queue-full",
        "bounced: shutting-down", "bounced: unconfirmed", "bounced: domain-denied",
        "bounced: dialback-refused", "bounced: node-unavailable", "dropped: unconfirmed",
        "taken over", "conflict"})
    EXPECT_GT(events[name], 0) << name;
}

TEST(Model, does_the_same_with_the_same_seed) {
  ::signal(SIGPIPE, SIG_IGN);
  const hub_state state;
  uint64_t traces[2];
  for (auto& trace : traces) {
    model model{7, state};
    ASSERT_EQ(model.run(600), "");
    trace = model.trace();
  }
  EXPECT_EQ(traces[0], traces[1]);
}

} // namespace
} // namespace fedhub::model
