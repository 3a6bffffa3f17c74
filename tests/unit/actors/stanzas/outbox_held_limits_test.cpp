// The limits of the stanzas that an outbox holds until the peer acknowledges them, and the time for
// which their sources are held back.
#include <string>
#include <vector>

#include "tests/unit/actors/stanzas/held_outbox_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::message;
using test::message_of_size;
using testing::ElementsAre;
using testing::IsEmpty;
using HeldOutbox = test::held_outbox_test;

// ---- limits ------------------------------------------------------------------------------------

TEST_F(HeldOutbox, begins_no_stanza_once_as_much_is_held_as_the_limits_allow) {
  hold(plenty, 3);
  for (int i = 1; i <= 5; ++i) {
    push(message(std::to_string(i)));
    EXPECT_EQ(flush(), io_status::ok);
  }
  EXPECT_EQ(read(), message("1") + message("2") + message("3"));
  EXPECT_TRUE(box->blocked());
  EXPECT_EQ(box->size(), 2u);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), "");
  box->acknowledge(1);
  EXPECT_FALSE(box->blocked());
  EXPECT_EQ(flush(), io_status::ok);
  // The limit is checked before a write, so both stanzas of this write go.
  EXPECT_EQ(read(), message("4") + message("5"));
  EXPECT_TRUE(box->empty());
  EXPECT_FALSE(box->blocked());
}

TEST_F(HeldOutbox, counts_octets_as_well) {
  hold(1000, plenty);
  push(message_of_size("1", 900));
  push(message_of_size("2", 900)); // begins while 100 octets are left
  push(message_of_size("3", 900));
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), message_of_size("1", 900) + message_of_size("2", 900));
  EXPECT_TRUE(box->blocked());
  box->acknowledge(1);
  EXPECT_FALSE(box->blocked()); // 900 of 1000
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), message_of_size("3", 900));
}

TEST_F(HeldOutbox, goes_on_with_a_stanza_that_is_begun) {
  hold(1000, plenty);
  const auto large = message_of_size("1", 100'000);
  push(large);
  push(message("2"));
  std::string got;
  for (int i = 0; i < 1000 && !box->blocked(); ++i) {
    flush();
    got += read();
  }
  EXPECT_EQ(got, large);
  EXPECT_TRUE(box->blocked());
}

TEST_F(HeldOutbox, goes_on_with_a_stanza_that_is_begun_when_the_limit_is_reached_behind_it) {
  hold(plenty, 1);
  const auto large = message_of_size("2", 100'000);
  push(message("1"));
  push(large);
  push(message("3"));
  std::string got;
  for (int i = 0; i < 1000 && !box->blocked(); ++i) {
    flush();
    got += read();
  }
  EXPECT_EQ(got, message("1") + large);
  EXPECT_EQ(box->held()->size(), 2u);
}

TEST_F(HeldOutbox, lets_the_streams_own_octets_pass_what_is_blocked) {
  hold(plenty, 1);
  write(1);
  push(message("2"));
  push(message("3"));
  box->push("</stream:stream>");
  ASSERT_TRUE(box->blocked());
  box->push_ahead("<a h='1'/>");
  box->push_ahead("<a h='2'/>");
  box->push_ahead("<r/>");
  EXPECT_FALSE(box->blocked());
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), "<a h='1'/><a h='2'/><r/>");
  EXPECT_TRUE(box->blocked());
  box->acknowledge(1);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), message("2") + message("3") + "</stream:stream>");
}

TEST_F(HeldOutbox, puts_octets_ahead_behind_a_stanza_that_is_begun_and_all_that_is_not_held) {
  limit(plenty, plenty);
  push(message("0"));
  box->push("<enabled/>");
  box->hold_written();
  box->push_ahead("<a h='0'/>");
  push(message_of_size("1", 100'000));
  push(message("2"));
  ASSERT_EQ(flush(), io_status::would_block);
  box->push_ahead("<a h='1'/>");
  std::string got = read();
  for (int i = 0; i < 1000 && !box->empty(); ++i) {
    flush();
    got += read();
  }
  EXPECT_EQ(got, message("0") + "<enabled/><a h='0'/>" + message_of_size("1", 100'000)
                   + "<a h='1'/>" + message("2"));
}

// ---- sources -----------------------------------------------------------------------------------

TEST_F(HeldOutbox, copies_what_holds_back_its_source_for_long) {
  push_at("1", noon);
  push_at("2", noon + 50ms);
  push_at("3", noon + 50ms);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(box->held()->settle_due(), noon + hold_back_time);
  box->settle_held(noon + hold_back_time - 1ms);
  EXPECT_EQ(credit->in_flight(), 600);
  box->settle_held(noon + hold_back_time);
  EXPECT_EQ(credit->in_flight(), 400);
  EXPECT_EQ(limits->stanzas(), 1);
  EXPECT_EQ(box->held()->settle_due(), noon + 50ms + hold_back_time);
  box->acknowledge(1);
  EXPECT_EQ(limits->stanzas(), 0);
  box->settle_held(noon + 1s);
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 2);
  EXPECT_EQ(box->held()->settle_due(), time_point::max());
  box->acknowledge(1);
  EXPECT_EQ(box->held()->settle_due(), time_point::max());
  EXPECT_THAT(take_held(), ElementsAre("3"));
  EXPECT_EQ(limits->bytes(), 0);
}

TEST_F(HeldOutbox, keeps_what_it_has_no_room_to_copy_and_writes_no_more) {
  hold(500, plenty);
  push_at("1", noon);
  push_at("2", noon);
  EXPECT_EQ(flush(), io_status::ok);
  push_at("0", noon); // unwritten stanzas are copied too, and take room
  EXPECT_THAT(box->settle_in(), IsEmpty());
  push_at("3", noon);
  EXPECT_FALSE(box->blocked());
  box->settle_held(noon + 1s);
  EXPECT_EQ(credit->in_flight(), 400); // no room for 1 and 2 beside 0 and 3
  EXPECT_TRUE(box->blocked());
  EXPECT_EQ(box->held()->settle_due(), time_point::max());
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(box->size(), 2u);
  box->acknowledge(1); // now there is room for one more
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_TRUE(box->empty());
  EXPECT_THAT(take_held(), ElementsAre("2", "0", "3"));
}

TEST_F(HeldOutbox, refuses_what_comes_for_a_peer_that_does_not_acknowledge) {
  hold(1000, plenty);
  write(5);
  push_at("6", noon);
  ASSERT_TRUE(box->blocked());
  EXPECT_EQ(box->oldest(), noon);
  box->settle_held(noon);
  EXPECT_EQ(limits->bytes(), 1000);
  std::vector<std::string> refused;
  for (auto& entry : box->settle_in()) {
    EXPECT_EQ(entry.why, failure::queue_full);
    account.bounced(entry.value, entry.why);
  }
  // A stanza that may be in a TLS record has to stay, even without room.
  EXPECT_EQ(box->size(), 1u);
  EXPECT_EQ(push(message("7")), failure::queue_full);
  EXPECT_EQ(bounced(failure::queue_full), 1);
  box->acknowledge(5);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_THAT(take_held(), ElementsAre("6"));
}

} // namespace
} // namespace fedhub
