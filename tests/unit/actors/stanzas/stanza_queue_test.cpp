#include "actors/stanzas/stanza_queue.hpp"

#include <random>

#include "actors/stanzas/condenser.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::ids_of;
using test::message;
using test::message_of_size;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t size_of_each = 200;

class StanzaQueue : public test::account_test {
protected:
  StanzaQueue() { limit(plenty, plenty); }
  ~StanzaQueue() override {
    queue.reset();
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(queued_octets(), 0);
    EXPECT_EQ(limits->bytes(), 0);
    EXPECT_EQ(limits->stanzas(), 0);
  }

  void limit(int64_t bytes, int64_t stanzas) {
    queue.reset();
    limits = std::make_unique<queue_account>(bytes, stanzas, account);
    queue = std::make_unique<stanza_queue>(*limits);
  }

  failure push(std::string_view id, time_point since = start) {
    auto pieces = stream.cut(message_of_size(id, size_of_each), since);
    auto why = queue->push(pieces);
    if (why == failure::none)
      return why;
    EXPECT_FALSE(pieces.settled()) << "a stanza that is refused is still the caller's";
    account.bounced(pieces, why);
    return why;
  }

  /// Returns the ids of the stanzas for which `settle_in` has no room.
  std::vector<std::string> settle_in(time_point now, failure expected = failure::queue_full) {
    std::vector<std::string> result;
    for (auto& entry : queue->settle_in(now)) {
      EXPECT_EQ(entry.why, expected);
      result.push_back(test::id_of(entry.value));
      account.bounced(entry.value, entry.why);
    }
    return result;
  }

  std::vector<std::string> take_all() {
    auto xs = queue->take_all();
    auto ids = ids_of(xs);
    settle(std::move(xs));
    return ids;
  }

  static constexpr time_point start{1h};
  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(plenty, [] {});
  test::source_stream stream{world, credit};
  std::unique_ptr<queue_account> limits;
  std::unique_ptr<stanza_queue> queue;
};

TEST_F(StanzaQueue, keeps_the_order_and_counts_what_waits) {
  EXPECT_TRUE(queue->empty());
  for (auto id : {"1", "2", "3"})
    EXPECT_EQ(push(id), failure::none);
  EXPECT_EQ(queue->size(), 3u);
  EXPECT_EQ(queued(), 3);
  EXPECT_EQ(queued_octets(), 3 * waiting_octets(size_of_each));
  EXPECT_THAT(take_all(), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(queue->empty());
  EXPECT_EQ(queued(), 0);
}

TEST_F(StanzaQueue, puts_what_a_stream_gave_back_before_all_others) {
  push("3");
  std::vector<stanza> back;
  back.push_back(stream.cut(message("1"), start));
  back.push_back(stream.cut(message("2"), start));
  queue->push_front(back);
  EXPECT_TRUE(back.empty());
  EXPECT_EQ(queued(), 3);
  EXPECT_THAT(take_all(), ElementsAre("1", "2", "3"));
}

TEST_F(StanzaQueue, soon_holds_its_sources_back_by_its_own_stanzas_only) {
  constexpr size_t around = 10'000;
  auto push_one_of_many = [&](std::string_view id, time_point since) {
    auto pieces = stream.cut(message_of_size(id, size_of_each), since, around);
    EXPECT_EQ(queue->push(pieces), failure::none);
  };
  EXPECT_EQ(queue->condense_due(), time_point::max());
  push_one_of_many("1", start);
  push_one_of_many("2", start + 10ms);
  EXPECT_EQ(queue->condense_due(), start + condense_after);
  queue->condense(start + condense_after - 1ns);
  EXPECT_EQ(credit->in_flight(), 2 * (size_of_each + around));
  queue->condense(start + condense_after);
  EXPECT_EQ(credit->in_flight(), 2 * size_of_each);
  EXPECT_EQ(queue->condense_due(), time_point::max());
  push_one_of_many("3", start + 30ms);
  queue->condense(start + 30ms);
  EXPECT_EQ(credit->in_flight(), 3 * size_of_each);
  EXPECT_EQ(limits->stanzas(), 0) << "they are not in the destination's account";
  EXPECT_THAT(take_all(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(credit->in_flight(), 0);
  push_one_of_many("4", start + 40ms); // the queue has been empty
  EXPECT_EQ(queue->condense_due(), start + 40ms + condense_after);
}

TEST_F(StanzaQueue, holds_its_sources_back_for_a_moment_and_then_copies) {
  push("1");
  push("2");
  EXPECT_THAT(settle_in(start + hold_back_time - 1ns), IsEmpty());
  EXPECT_EQ(credit->in_flight(), 2 * size_of_each);
  EXPECT_EQ(limits->stanzas(), 0);
  EXPECT_THAT(settle_in(start + hold_back_time), IsEmpty());
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 2);
  EXPECT_EQ(limits->bytes(), 2 * size_of_each);
  EXPECT_EQ(queued(), 2);
}

TEST_F(StanzaQueue, copies_at_once_what_comes_to_a_queue_that_has_waited) {
  push("1");
  settle_in(start + hold_back_time);
  push("2");
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 2);
  take_all();
  push("3"); // the queue has been empty
  EXPECT_EQ(credit->in_flight(), size_of_each);
  EXPECT_EQ(limits->stanzas(), 0);
}

TEST_F(StanzaQueue, gives_the_memory_back_when_stanzas_leave) {
  account.memory_limit(2 * waiting_octets(size_of_each));
  push("1");
  push("2");
  settle_in(start + hold_back_time);
  EXPECT_FALSE(account.reserve(1));
  take_all();
  EXPECT_TRUE(account.reserve(2 * waiting_octets(size_of_each)));
  account.release(2 * waiting_octets(size_of_each));
}

TEST_F(StanzaQueue, refuses_stanzas_past_the_number_for_one_destination) {
  limit(plenty, 2);
  push("1");
  settle_in(start + hold_back_time);
  EXPECT_EQ(push("2"), failure::none);
  EXPECT_EQ(push("3"), failure::queue_full);
  EXPECT_EQ(bounced(failure::queue_full), 1);
  EXPECT_THAT(take_all(), ElementsAre("1", "2"));
}

TEST_F(StanzaQueue, refuses_octets_past_the_limit_for_one_destination) {
  limit(2 * size_of_each, plenty);
  push("1");
  settle_in(start + hold_back_time);
  EXPECT_EQ(push("2"), failure::none);
  EXPECT_EQ(push("3"), failure::queue_full);
}

TEST_F(StanzaQueue, refuses_stanzas_past_the_memory_of_the_whole_hub) {
  account.memory_limit(3 * waiting_octets(size_of_each));
  ASSERT_TRUE(account.reserve(waiting_octets(size_of_each))); // for another destination
  push("1");
  settle_in(start + hold_back_time);
  EXPECT_EQ(push("2"), failure::none);
  EXPECT_EQ(push("3"), failure::memory_full);
  account.release(waiting_octets(size_of_each));
  EXPECT_EQ(push("4"), failure::none);
  EXPECT_THAT(take_all(), ElementsAre("1", "2", "4"));
}

TEST_F(StanzaQueue, gives_out_waiting_stanzas_for_which_there_is_no_room_when_they_are_copied) {
  limit(plenty, 2);
  for (auto id : {"1", "2", "3", "4"})
    EXPECT_EQ(push(id), failure::none); // its source is held back, so no limit applies yet
  EXPECT_THAT(settle_in(start + hold_back_time), ElementsAre("3", "4"));
  EXPECT_EQ(queued(), 2);
  EXPECT_THAT(settle_in(start + hold_back_time), IsEmpty());
  EXPECT_THAT(take_all(), ElementsAre("1", "2"));
}

TEST_F(StanzaQueue, copies_what_a_stream_gave_back_to_a_queue_that_has_waited) {
  push("2");
  settle_in(start + hold_back_time);
  std::vector<stanza> back;
  back.push_back(stream.cut(message("1"), start));
  queue->push_front(back);
  EXPECT_GT(credit->in_flight(), 0);
  settle_in(start + hold_back_time);
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_THAT(take_all(), ElementsAre("1", "2"));
}

TEST_F(StanzaQueue, gives_out_the_first_so_many) {
  for (auto id : {"1", "2", "3"})
    push(id);
  auto first = queue->take_front(2);
  EXPECT_THAT(ids_of(first), ElementsAre("1", "2"));
  EXPECT_EQ(queued(), 1);
  auto rest = queue->take_front(2);
  EXPECT_THAT(ids_of(rest), ElementsAre("3"));
  settle(std::move(first));
  settle(std::move(rest));
}

TEST_F(StanzaQueue, takes_out_the_old_ones_that_stand_in_front) {
  push("1", start);
  push("2", start + 1s);
  push("3", start + 2s);
  push("4", start + 1s); // old, but after a younger one
  auto old = queue->take_older(start + 2s);
  EXPECT_THAT(ids_of(old), ElementsAre("1", "2"));
  settle(std::move(old));
  EXPECT_THAT(ids_of(queue->take_older(start + 2s)), IsEmpty());
  EXPECT_THAT(take_all(), ElementsAre("3", "4"));
}

TEST_F(StanzaQueue, shares_the_limits_with_other_queues_of_its_destination) {
  limit(plenty, 2);
  stanza_queue other{*limits};
  push("1");
  settle_in(start + hold_back_time);
  auto pieces = stream.cut(message("x"), start);
  ASSERT_EQ(other.push(pieces), failure::none);
  EXPECT_THAT(other.settle_in(start + hold_back_time), IsEmpty());
  EXPECT_EQ(push("2"), failure::queue_full);
  settle(other.take_all());
  EXPECT_EQ(push("3"), failure::none);
}

TEST_F(StanzaQueue, drops_what_is_left_at_its_end) {
  push("1");
  settle_in(start + hold_back_time);
  push("2");
  queue.reset();
  EXPECT_EQ(dropped(failure::shutting_down), 2);
  EXPECT_EQ(queued(), 0);
}

TEST_F(StanzaQueue, leaves_no_memory_taken_at_the_end_of_its_account) {
  account.memory_limit(waiting_octets(size_of_each));
  {
    queue_account own{plenty, plenty, account};
    auto pieces = stream.cut(message_of_size("1", size_of_each));
    ASSERT_EQ(own.admit(pieces), failure::none);
    EXPECT_FALSE(account.reserve(1));
    account.dropped(pieces, failure::shutting_down);
  }
  EXPECT_TRUE(account.reserve(waiting_octets(size_of_each)));
  account.release(waiting_octets(size_of_each));
}

// ---- deadlines ---------------------------------------------------------------------------------

TEST_F(StanzaQueue, is_due_later_once_what_was_due_is_done) {
  std::minstd_rand random{7};
  constexpr auto longest = 4s;
  limit(50 * size_of_each, 50);
  auto now = start;
  for (int step = 0; step < 20'000; ++step) {
    switch (random() % 4) {
    case 0:
      push("1", now);
      break;
    case 1:
      if (random() % 8 == 0) {
        auto back = queue->take_front(random() % 3);
        queue->push_front(back);
      }
      break;
    case 2:
      now += std::chrono::milliseconds(random() % 700);
      break;
    default:
      now = std::max(now, std::min(queue->next_due(longest), now + 5s));
    }
    for (auto& x : queue->take_older(now - longest))
      account.bounced(x, failure::queue_timeout);
    queue->condense(now);
    settle_in(now);
    ASSERT_GT(queue->next_due(longest), now) << "step " << step;
    ASSERT_EQ(queue->next_due(longest) == time_point::max(), queue->empty());
  }
  take_all();
}

} // namespace
} // namespace fedhub
