// Stanzas that are written in full and that TCP has not acknowledged yet.
#include "actors/stanzas/unconfirmed.hpp"

#include <random>

#include "actors/stanzas/queue_account.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::ids_of;
using test::message_of_size;
using testing::ElementsAre;

class Unconfirmed : public test::account_test {
protected:
  /// Queues and writes a stanza. @param end place after it; 0: directly after the one before.
  void write(std::string_view id, size_t size = 200, uint64_t end = 0) {
    written_ = end != 0 ? end : written_ + size;
    take(retained, stream.cut(message_of_size(id, size)), written_);
  }
  /// Queues and writes a stanza that is a small part of a large chunk.
  void write_one_of_many(std::string_view id, size_t neighbours = 10'000) {
    written_ += 200;
    take(retained, stream.cut(message_of_size(id, 200), {}, neighbours), written_);
  }
  outbox_entry queued_entry(stanza stanza, uint64_t end) {
    tally.queued(stanza);
    outbox_entry result{std::move(stanza), nullptr, false, false};
    result.end = static_cast<uint32_t>(end);
    return result;
  }
  void take(unconfirmed& by, stanza stanza, uint64_t end) {
    std::vector<outbox_entry> row;
    row.push_back(queued_entry(std::move(stanza), end));
    by.take(std::move(row), 0);
  }
  double delivered_now() {
    tally.publish();
    return delivered();
  }
  double queued_now() {
    tally.publish();
    return queued();
  }
  std::vector<std::string> take_all() {
    auto xs = retained.take_all();
    auto ids = ids_of(xs);
    for (auto& x : xs)
      account.bounced(x, failure::unconfirmed);
    return ids;
  }

  const time_point noon{12h};
  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(plenty, [] {});
  test::source_stream stream{world, credit};
  stanza_tally tally{account};
  unconfirmed retained{0, account, tally};

private:
  uint64_t written_ = 0;
};

TEST_F(Unconfirmed, delivers_what_ends_before_the_acknowledged_place) {
  write("1", 200, 1'000); // after a header of 800 octets
  write("2", 200, 1'200);
  write("3", 300, 1'500);
  EXPECT_EQ(queued_now(), 3);
  struct row {
    uint64_t place;
    double delivered;
  };
  for (auto& entry : {row{0, 0}, row{999, 0}, row{1'000, 1}, row{1'199, 1}, row{1'100, 1},
                      row{1'499, 2}, row{1'500, 3}, row{9'000, 3}}) {
    retained.confirm(entry.place);
    EXPECT_EQ(delivered_now(), entry.delivered) << entry.place;
    EXPECT_EQ(queued_now(), 3 - entry.delivered) << entry.place;
  }
  EXPECT_TRUE(retained.idle());
}

TEST_F(Unconfirmed, gives_back_at_the_end_what_was_not_acknowledged) {
  for (auto id : {"1", "2", "3"})
    write(id);
  retained.confirm(200);
  EXPECT_THAT(take_all(), ElementsAre("2", "3"));
  EXPECT_EQ(queued_now(), 0);
  EXPECT_EQ(delivered_now(), 1);
  EXPECT_EQ(bounced(failure::unconfirmed), 2);
  EXPECT_EQ(retained.octets_given_up(), 0u);
}

TEST_F(Unconfirmed, retains_the_last_64_KiB_and_counts_the_octets_before_apart) {
  const size_t size = 8192;
  for (int i = 1; i <= 10; ++i) // 80 KiB
    write(std::to_string(i), size);
  EXPECT_EQ(retained.octets(), unconfirmed::most_octets);
  EXPECT_EQ(delivered_now(), 2);
  EXPECT_EQ(retained.octets_given_up(), 2 * size);
  retained.confirm(size);
  EXPECT_EQ(retained.octets_given_up(), size);
  retained.confirm(2 * size);
  EXPECT_EQ(retained.octets_given_up(), 0u);
  retained.confirm(3 * size + 1);
  EXPECT_EQ(delivered_now(), 3);
  EXPECT_THAT(take_all(), ElementsAre("4", "5", "6", "7", "8", "9", "10"));
}

TEST_F(Unconfirmed, does_not_retain_a_stanza_that_is_larger_than_all_it_may) {
  write("1");
  write("large", 100'000);
  EXPECT_TRUE(retained.empty());
  EXPECT_FALSE(retained.idle());
  EXPECT_EQ(delivered_now(), 2);
  EXPECT_EQ(retained.octets_given_up(), 100'200u);
  retained.confirm(100'200);
  EXPECT_TRUE(retained.idle());
}

TEST_F(Unconfirmed, counts_what_the_stanzas_hold_against_the_hub_and_not_for_ever) {
  write_one_of_many("1");
  EXPECT_EQ(credit->in_flight(), 0); // the copy counts against no source
  account.memory_limit(199);
  EXPECT_FALSE(account.reserve(0));
  retained.confirm(200);
  EXPECT_TRUE(account.reserve(199));
  account.release(199);
}

TEST_F(Unconfirmed, copies_at_once_what_is_a_small_part_of_its_chunk) {
  write("1"); // fills its chunk
  retained.written(noon);
  EXPECT_EQ(retained.ask_due(), noon + hold_back_time); // to be copied then
  retained.asked(noon + hold_back_time);
  write_one_of_many("2");
  retained.written(noon + 1s);
  EXPECT_EQ(credit->in_flight(), 0); // its chunk is freed, with the neighbours
  EXPECT_EQ(account.pinned(), 0);
  EXPECT_THAT(take_all(), ElementsAre("1", "2"));
}

TEST_F(Unconfirmed, holds_no_source_back_with_what_it_has_not_copied) {
  write("1");
  EXPECT_EQ(credit->in_flight(), 0);
  account.memory_limit(0);
  EXPECT_FALSE(account.reserve(1)); // it counts against the hub-wide limit
  EXPECT_THAT(take_all(), ElementsAre("1"));
  EXPECT_TRUE(account.reserve(0));
  EXPECT_EQ(credit->in_flight(), 0);
}

/// Each stanza gives its source its own octets back, once, while another holder keeps the chunk.
TEST_F(Unconfirmed, gives_a_source_its_stanzas_back_and_not_its_neighbours) {
  struct row {
    std::string_view what;
    size_t neighbours;
  };
  for (auto& [what, neighbours] :
       {row{"it stays in its chunk", 500}, row{"it is copied", 10'000}}) {
    SCOPED_TRACE(what);
    unconfirmed unconfirmed{0, account, tally};
    auto value = stream.cut(message_of_size("1", 200), {}, neighbours);
    auto keeper = value.buffer;
    take(unconfirmed, std::move(value), 200);
    EXPECT_EQ(credit->in_flight(), neighbours);
    unconfirmed.asked(noon);
    EXPECT_EQ(credit->in_flight(), neighbours);
    unconfirmed.confirm(200);
    tally.publish();
    EXPECT_EQ(credit->in_flight(), neighbours);
    keeper.reset();
    EXPECT_EQ(credit->in_flight(), 0);
  }
  auto value = stream.cut(message_of_size("1", 200), {}, 500);
  const auto keeper = value.buffer;
  take(retained, std::move(value), 200);
  retained.confirm(200); // before it is copied
  tally.publish();
  EXPECT_EQ(credit->in_flight(), 500);
}

TEST_F(Unconfirmed, pins_chunks_of_which_many_together_are_a_small_part_as_far_as_the_hub_allows) {
  constexpr size_t neighbours = 10'000;
  const auto write_many = [&](uint64_t place) {
    std::vector<outbox_entry> row;
    for (uint64_t i = 0; i < 20; ++i)
      row.push_back(
        queued_entry(stream.cut(message_of_size("1", 200), {}, neighbours), place + (i + 1) * 200));
    retained.take(std::move(row), 0);
    retained.written(noon);
  };
  constexpr int64_t chunks = 20 * (neighbours + 200 + 64);
  account.memory_limit(16 * chunks);
  write_many(0);
  EXPECT_EQ(account.pinned(), chunks);
  EXPECT_EQ(credit->in_flight(), 20 * neighbours); // they are in the same chunks
  EXPECT_EQ(retained.ask_due(), noon + hold_back_time);
  write_many(4'000); // these are copied
  EXPECT_EQ(account.pinned(), chunks);
  EXPECT_EQ(credit->in_flight(), 20 * neighbours);
  retained.confirm(200); // confirms one of them
  EXPECT_EQ(retained.size(), 39u);
  EXPECT_EQ(account.pinned(), chunks);
  retained.asked(noon + hold_back_time); // now all are copied
  EXPECT_EQ(account.pinned(), 0);
  tally.publish();
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(take_all().size(), 39u);
}

TEST_F(Unconfirmed, unpins_what_is_confirmed_before_it_is_copied) {
  std::vector<outbox_entry> row;
  for (uint64_t i = 1; i <= 20; ++i)
    row.push_back(queued_entry(stream.cut(message_of_size("1", 200), {}, 10'000), i * 200));
  retained.take(std::move(row), 0);
  EXPECT_GT(account.pinned(), 0);
  retained.confirm(4'000);
  EXPECT_EQ(account.pinned(), 0);
  EXPECT_TRUE(retained.idle());
}

TEST_F(Unconfirmed, frees_the_places_of_a_long_row_whose_stanzas_have_ended) {
  std::vector<outbox_entry> row;
  for (uint64_t i = 1; i <= 2'000; ++i)
    row.push_back(queued_entry(stream.cut(message_of_size("1", 200)), i * 200));
  retained.take(std::move(row), 0);
  retained.written(noon);
  EXPECT_EQ(retained.size(), 327u); // 64 KiB
  ASSERT_LE(retained.ask_due(), noon + 1s);
  retained.asked(retained.ask_due());
  EXPECT_LE(retained.places(), 2 * retained.size() + 16);
  retained.confirm(1'999 * 200);
  retained.asked(retained.ask_due());
  EXPECT_LE(retained.places(), 18u);
  retained.confirm(2'000 * 200);
  EXPECT_EQ(retained.places(), 0u);
}

TEST_F(Unconfirmed, skips_entries_that_are_not_its_own) {
  std::vector<outbox_entry> row;
  row.push_back(queued_entry(stream.cut(message_of_size("gone", 200)), 0));
  tally.unqueued(row.back().value);
  tally.delivered(row.back().value);
  row.emplace_back(stanza{}, nullptr, false, false);
  row.push_back(queued_entry(stream.cut(message_of_size("1", 200)), 200));
  row.emplace_back(stanza{}, nullptr, false, false);
  row.push_back(queued_entry(stream.cut(message_of_size("2", 200)), 400));
  retained.take(std::move(row), 1);
  EXPECT_EQ(retained.size(), 2u);
  retained.confirm(200);
  EXPECT_THAT(take_all(), ElementsAre("2"));
}

TEST_F(Unconfirmed, knows_places_beyond_4_GiB) {
  const uint64_t place = (uint64_t{7} << 32) - 300;
  unconfirmed unconfirmed{place, account, tally};
  take(unconfirmed, stream.cut(message_of_size("1", 200)), place + 200);
  take(unconfirmed, stream.cut(message_of_size("2", 200)), place + 400);
  unconfirmed.confirm(place + 200);
  EXPECT_EQ(unconfirmed.size(), 1u);
  unconfirmed.confirm(place + 399);
  EXPECT_EQ(unconfirmed.size(), 1u);
  take(unconfirmed, stream.cut(message_of_size("3", 70'000)), place + 70'400);
  EXPECT_EQ(unconfirmed.octets_given_up(), 70'001u);
  unconfirmed.confirm(place + 70'400);
  EXPECT_TRUE(unconfirmed.idle());
}

TEST_F(Unconfirmed, holds_its_source_back_where_the_hub_has_no_memory_left) {
  account.memory_limit(100);
  write_one_of_many("1");
  retained.written(noon);
  EXPECT_GT(credit->in_flight(), 10'000);
  EXPECT_NE(retained.ask_due(), time_point::max());
}

TEST_F(Unconfirmed, asks_a_second_after_it_has_written_and_then_ever_less_often) {
  EXPECT_EQ(retained.ask_due(), time_point::max());
  write_one_of_many("1");
  retained.written(noon);
  auto due = noon + 1s;
  for (auto wait : {1s, 2s, 4s, 8s, 16s, 16s}) {
    EXPECT_EQ(retained.ask_due(), due);
    retained.asked(due);
    due += wait;
  }
  write_one_of_many("2"); // asks soon again
  retained.written(noon + 40s);
  EXPECT_EQ(retained.ask_due(), noon + 41s);
  retained.confirm(400);
  retained.asked(noon + 41s);
  EXPECT_EQ(retained.ask_due(), time_point::max());
}

TEST_F(Unconfirmed, does_not_put_the_question_off_while_more_is_written) {
  for (int i = 0; i < 10; ++i) {
    write_one_of_many(std::to_string(i));
    retained.written(noon + i * 500ms);
    EXPECT_EQ(retained.ask_due(), noon + 1s);
  }
}

TEST_F(Unconfirmed, asks_sooner_where_a_source_is_held_back) {
  write("1");
  retained.written(noon);
  EXPECT_EQ(retained.ask_due(), noon + hold_back_time);
  retained.asked(noon + hold_back_time);
  EXPECT_EQ(retained.ask_due(), noon + hold_back_time + 1s);
}

TEST_F(Unconfirmed, asks_often_where_somebody_waits) {
  write("1");
  retained.written(noon);
  retained.hurry(noon + 10ms);
  EXPECT_EQ(retained.ask_due(), noon + 30ms);
  retained.asked(noon + 30ms);
  EXPECT_EQ(retained.ask_due(), noon + 50ms);
}

TEST_F(Unconfirmed, drops_what_is_left_at_its_end) {
  {
    unconfirmed other{0, account, tally};
    take(other, stream.cut(message_of_size("1", 200)), 200);
  }
  EXPECT_EQ(dropped(failure::shutting_down), 1);
  EXPECT_EQ(queued_now(), 0);
}

/// Random events: each stanza ends once, none is delivered unless it was acknowledged or no longer
/// fitted, and the next question lies in the future.
TEST_F(Unconfirmed, loses_and_doubles_nothing_whatever_comes) {
  std::minstd_rand random{16};
  const auto below = [&](unsigned n) { return static_cast<uint64_t>(random() % n); };
  for (int round = 0; round < 50; ++round) {
    unconfirmed kept{0, account, tally};
    auto t = noon;
    uint64_t written = 0, acknowledged = 0;
    std::vector<uint64_t> ends;
    std::vector<outbox_entry> row;
    const auto before = delivered_now();
    for (int step = 0; step < 300; ++step) {
      t += std::chrono::milliseconds{below(300)};
      switch (below(4)) {
      case 0:
        for (auto n = below(below(10) == 0 ? 100 : 5); n > 0; --n) {
          const auto size = 150 + static_cast<size_t>(below(below(10) == 0 ? 70'000 : 3'000));
          auto stanza = stream.cut(message_of_size("1", size), {}, below(20'000));
          ends.push_back(written += size);
          row.push_back(queued_entry(std::move(stanza), written));
          if (below(2) == 0)
            kept.take(std::exchange(row, {}), 0);
        }
        if (!row.empty())
          kept.take(std::exchange(row, {}), 0);
        kept.written(t);
        break;
      case 1:
        acknowledged += below(static_cast<unsigned>(written - acknowledged) + 1);
        kept.confirm(acknowledged);
        break;
      case 2:
        kept.asked(t);
        EXPECT_GT(kept.ask_due(), t);
        break;
      default:
        if (kept.ask_due() <= t)
          kept.asked(t);
      }
      EXPECT_LE(kept.octets(), unconfirmed::most_octets);
      const auto arrived =
        std::ranges::count_if(ends, [&](auto end) { return end <= acknowledged; });
      EXPECT_GE(delivered_now() - before, arrived);
      EXPECT_EQ(kept.size() + static_cast<size_t>(delivered_now() - before), ends.size());
      if (kept.octets_given_up() == 0) {
        EXPECT_EQ(delivered_now() - before, arrived);
      }
    }
    for (auto& left : kept.take_all())
      account.bounced(left, failure::unconfirmed);
    EXPECT_EQ(queued_now(), 0);
  }
  EXPECT_TRUE(account.reserve(plenty));
  EXPECT_EQ(account.pinned(), 0);
  EXPECT_EQ(credit->in_flight(), 0);
}

} // namespace
} // namespace fedhub
