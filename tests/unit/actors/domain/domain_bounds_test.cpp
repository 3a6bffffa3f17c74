// The domain actor: the limit of its questions, and the times at which it has work.
#include <random>

#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"
#include "tests/unit/actors/domain/domain_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

using Domain = test::domain_scene;

TEST_F(Domain, answers_questions_above_the_limit_by_an_error) {
  auto who = verifier(); // DNS never answers
  for (int i = 0; i < 1500; ++i)
    post(domain, verify_atom_v, question("id-" + std::to_string(i)), who);
  ASSERT_THAT(asker.answers, SizeIs(1500 - 1024));
  EXPECT_EQ(asker.answers[0]->outcome, dialback_outcome::error);
  EXPECT_EQ(asker.answers[0]->why, failure::queue_full);
}

TEST_F(Domain, forgets_questions_that_nobody_waits_for_any_more) {
  auto who = verifier();
  for (int i = 0; i < 1024; ++i)
    post(domain, verify_atom_v, question("id-" + std::to_string(i)), who);
  elapse(config.timeouts.dialback + tick);
  post(domain, verify_atom_v, question("one more"), who);
  EXPECT_THAT(asker.answers, IsEmpty()) << "there is room again";
  auto late = *question("id-7");
  late.outcome = dialback_outcome::valid;
  post(domain, verified_atom_v, std::make_shared<const verification>(late));
  EXPECT_THAT(asker.answers, IsEmpty());
}

/// A domain actor, and a count of its deadlines.
class DomainTime : public Domain, public testing::WithParamInterface<unsigned> {
protected:
  size_t ticks_within(duration time) {
    const auto end = now() + time;
    size_t n = 0;
    for (auto& clock = scheduler().clock(); clock.has_pending_timeout();) {
      const auto before = now();
      clock.trigger_timeout();
      if (now() > end)
        break;
      // The last event may have made something due at once. A tick moves the next deadline into the
      // future.
      if (n > 0) {
        EXPECT_GT(now(), before) << "a deadline that is not later";
      }
      run();
      if (++n > 10'000)
        break;
    }
    return n;
  }
};

/// Random events: the actor never polls. Waiting stanzas cost a few ticks, and each tick moves the
/// deadline into the future.
TEST_P(DomainTime, has_ticks_only_when_something_is_due) {
  std::minstd_rand random{GetParam()};
  auto any = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  auto who = verifier();
  const std::string senders[] = {"a@corp.example", "a@other.example", "a@third.example"};
  resolution_ptr answers[] = {nullptr, failed(failure::dns_timeout), failed(failure::dns_not_found),
                              unreachable()};
  for (int step = 0; step < 60; ++step) {
    resolver.answer = answers[any(4)];
    switch (any(6)) {
    case 0:
    case 1:
      deliver({"1"}, senders[any(3)]);
      break;
    case 2:
      post(domain, verify_atom_v, question("id-" + std::to_string(any(5))), who);
      break;
    case 3: {
      auto result = *question("id-" + std::to_string(any(5)));
      result.outcome = any(2) == 0 ? dialback_outcome::valid : dialback_outcome::error;
      post(domain, verified_atom_v, std::make_shared<const verification>(result));
      break;
    }
    case 4:
      post(domain, table_atom_v, hub_->table());
      break;
    default:
      elapse(std::chrono::milliseconds{any(3000)}, 50ms);
    }
    EXPECT_LT(ticks_within(10s), 60u) << "step " << step;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, DomainTime, testing::Range(1u, 21u));

TEST_F(Domain, waits_for_a_stream_at_no_cost) {
  deliver({"1"}); // DNS never answers
  elapse(300ms);  // until the waiting stanza is copied
  auto& clock = scheduler().clock();
  ASSERT_TRUE(clock.has_pending_timeout());
  const auto before = now();
  clock.trigger_timeout();
  EXPECT_GE(now() - before, config.timeouts.queue - 1s);
  run();
  EXPECT_EQ(bounced(failure::dns_timeout), 1);
}

} // namespace
} // namespace fedhub
