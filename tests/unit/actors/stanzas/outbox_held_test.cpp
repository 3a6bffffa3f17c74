// The outbox of a stream whose peer acknowledges what it takes (XEP-0198).
#include <random>
#include <string>
#include <vector>

#include "tests/unit/actors/stanzas/held_outbox_scene.hpp"

namespace fedhub {
namespace {

using test::ids_of;
using test::message;
using test::message_of_size;
using testing::ElementsAre;
using testing::IsEmpty;
using HeldOutbox = test::held_outbox_test;

TEST_F(HeldOutbox, delivers_a_stanza_when_it_is_acknowledged_and_not_before) {
  write(3);
  EXPECT_TRUE(box->empty());
  EXPECT_EQ(delivered(), 0);
  EXPECT_EQ(queued(), 3);
  EXPECT_EQ(queued_octets(), 3 * waiting_octets(200));
  EXPECT_EQ(credit->in_flight(), 600);
  EXPECT_EQ(box->held()->size(), 3u);
  EXPECT_EQ(box->held()->octets(), 600);
  box->acknowledge(2);
  EXPECT_EQ(delivered(), 2);
  EXPECT_EQ(queued(), 1);
  EXPECT_EQ(credit->in_flight(), 200);
  box->acknowledge(0);
  EXPECT_EQ(delivered(), 2);
  box->acknowledge(1);
  EXPECT_EQ(delivered(), 3);
  EXPECT_EQ(queued(), 0);
  EXPECT_TRUE(box->held()->empty());
}

TEST_F(HeldOutbox, holds_only_what_comes_behind_the_agreement) {
  limit(plenty, plenty);
  push(message("1"));
  box->push("<enable/>");
  box->hold_written();
  push(message("2"));
  EXPECT_EQ(box->to_hold(), 1u);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), message("1") + "<enable/>" + message("2"));
  EXPECT_EQ(delivered(), 1);
  auto came = box->take_progress();
  EXPECT_EQ(came.stanzas, 1u);
  EXPECT_EQ(came.octets, message("2").size());
  EXPECT_EQ(box->to_hold(), 0u);
  EXPECT_EQ(box->take_progress().stanzas, 0u);
  EXPECT_THAT(take_held(), ElementsAre("2"));
}

TEST_F(HeldOutbox, delivers_what_it_holds_where_the_peer_will_not_acknowledge) {
  write(2);
  push(message("3"));
  box->stop_holding(*wire, noon);
  EXPECT_EQ(delivered(), 2);
  EXPECT_EQ(box->held(), nullptr);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(delivered(), 3);
  EXPECT_EQ(box->take_progress().stanzas, 0u);
  EXPECT_THAT(take_held(), IsEmpty());
}

TEST_F(HeldOutbox, gives_back_what_is_held_and_then_what_is_not_written) {
  write(3);
  box->acknowledge(1);
  push(message_of_size("4", 100'000));
  push(message("5"));
  ASSERT_EQ(flush(), io_status::would_block); // 4 is partly written
  auto held = box->take_held(noon);
  EXPECT_THAT(ids_of(held), ElementsAre("2", "3"));
  for (auto& x : held)
    EXPECT_EQ(x.since, noon); // their time in the queue begins now
  auto left = box->take_unwritten();
  EXPECT_THAT(ids_of(left), ElementsAre("4", "5"));
  EXPECT_EQ(queued(), 0);
  EXPECT_EQ(delivered(), 1);
  settle(std::move(held));
  settle(std::move(left));
  EXPECT_EQ(box->to_hold(), 0u);
}

TEST_F(HeldOutbox, keeps_the_hubs_own_answers_when_what_can_be_answered_is_taken) {
  for (int i = 1; i <= 4; ++i) {
    auto pieces = stream.cut(message(std::to_string(i)));
    pieces.generated = i % 2 == 0;
    ASSERT_EQ(box->push(pieces), failure::none);
  }
  box->publish();
  ASSERT_EQ(flush(), io_status::ok);
  auto taken = box->take_held_answerable(noon);
  EXPECT_THAT(ids_of(taken), ElementsAre("1", "3"));
  EXPECT_EQ(queued(), 0); // answers are counted separately
  EXPECT_EQ(box->held()->size(), 2u);
  EXPECT_EQ(metrics.replies.at(reply_result::sent).Value(), 0);
  settle(std::move(taken));
  box->stop_holding(*wire, noon); // this transport can't tell what has arrived
  EXPECT_EQ(metrics.replies.at(reply_result::sent).Value(), 2);
}

TEST_F(HeldOutbox, tells_what_is_written_and_not_acknowledged) {
  auto unacknowledged = [&] { return metrics.stanzas_unacknowledged.Value(); };
  write(3);
  push(message("4"));
  EXPECT_EQ(unacknowledged(), 3);
  box->acknowledge(1);
  EXPECT_EQ(unacknowledged(), 2);
  EXPECT_THAT(take_held(), ElementsAre("2", "3"));
  EXPECT_EQ(unacknowledged(), 0);
  write(1);
  box.reset();
  EXPECT_EQ(unacknowledged(), 0);
}

TEST_F(HeldOutbox, counts_stanzas_that_are_written_again) {
  auto resent = [&] { return metrics.stanzas_resent.at(stanza_direction::from_world).Value(); };
  write(2);
  auto again = box->take_held(noon);
  push(message("3"));
  for (auto& x : again)
    EXPECT_EQ(box->push(x), failure::none);
  EXPECT_EQ(resent(), 0); // they may still be answered instead
  EXPECT_EQ(flush(), io_status::ok);
  box->publish();
  EXPECT_EQ(resent(), 2);
  box->acknowledge(3);
  EXPECT_EQ(resent(), 2);
}

TEST_F(HeldOutbox, drops_what_is_left_at_its_end) {
  write(2);
  push(message("3"));
  box.reset();
  EXPECT_EQ(dropped(failure::shutting_down), 3);
  EXPECT_EQ(queued(), 0);
}

// ---- all of it ---------------------------------------------------------------------------------

/// Random events: stanzas are written in the order in which they were pushed, each ends once, and
/// exactly the stanzas that the peer acknowledged are delivered.
TEST_F(HeldOutbox, loses_and_doubles_nothing_whatever_comes) {
  std::minstd_rand random{198};
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 40; ++round) {
    hold(6000, 40);
    const auto before = delivered();
    std::string got;
    std::vector<std::string> pushed; ///< not held yet.
    size_t next = 0, held = 0, acknowledged = 0;
    int said = 0;
    for (int step = 0; step < 400; ++step) {
      switch (below(6)) {
      case 0:
      case 1: {
        auto xml = message_of_size(std::to_string(next), 150 + static_cast<size_t>(below(3000)));
        if (push(xml) == failure::none) {
          pushed.push_back(xml);
          ++next;
        }
        break;
      }
      case 2:
        flush(1 + static_cast<size_t>(below(8000)));
        held += box->take_progress().stanzas;
        break;
      case 3:
        if (below(3) == 0)
          got += read();
        break;
      case 4:
        if (auto n = static_cast<size_t>(below(8)); n <= held - acknowledged) {
          box->acknowledge(n);
          acknowledged += n;
        }
        break;
      default:
        box->push_ahead("<a" + std::to_string(said++) + "/>");
      }
      EXPECT_EQ(delivered() - before, acknowledged);
      EXPECT_EQ(box->held()->size(), held - acknowledged);
      EXPECT_EQ(box->to_hold(), next - held);
      EXPECT_EQ(queued(), next - acknowledged);
    }
    auto back = box->take_held(noon);
    const auto known = back.size();
    auto left = box->take_unwritten();
    EXPECT_EQ(known + left.size(), next - acknowledged);
    std::vector<std::string> order;
    for (auto i = acknowledged; i < next; ++i)
      order.push_back(std::to_string(i));
    auto ids = ids_of(back);
    auto rest = ids_of(left);
    ids.insert(ids.end(), rest.begin(), rest.end());
    EXPECT_EQ(ids, order);
    settle(std::move(back));
    settle(std::move(left));
    // The peer got all held stanzas in full, and at most a part of one more.
    got += read();
    std::string expected;
    for (size_t i = 0; i < held; ++i)
      expected += pushed[i];
    for (int i = 0; i < said; ++i) {
      const auto own = "<a" + std::to_string(i) + "/>";
      if (auto at = got.find(own); at != got.npos)
        got.erase(at, own.size());
    }
    EXPECT_EQ(got.substr(0, expected.size()), expected);
    const auto begun = held < next ? pushed[held].size() : 0;
    EXPECT_LT(got.size() - expected.size(), begun + 8); // the end may be a part of "<a…/>"
  }
}

} // namespace
} // namespace fedhub
