#include "actors/connection/stream_ending.hpp"

#include <random>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using peer_side = stream_ending::peer_side;
using time_point = stream_ending::time_point;

const time_point start{1000s};

link_end with(failure why, stream_error error = stream_error::none) {
  return {.error = error, .why = why, .detail = "x"};
}

TEST(StreamEnding, keeps_its_first_reason) {
  stream_ending ending;
  ending.start(start);
  EXPECT_TRUE(ending.open());
  EXPECT_EQ(ending.since(), start);
  EXPECT_EQ(ending.why(), failure::none);
  EXPECT_TRUE(ending.begin(with(failure::stream_invalid), start + 1s));
  EXPECT_FALSE(ending.begin(with(failure::stalled), start + 2s));
  EXPECT_TRUE(ending.closing());
  EXPECT_EQ(ending.why(), failure::stream_invalid);
  EXPECT_EQ(ending.since(), start + 1s);
  EXPECT_TRUE(ending.finish());
  EXPECT_FALSE(ending.finish());
  EXPECT_TRUE(ending.ended());
}

TEST(StreamEnding, reports_to_the_owner_how_far_the_stream_had_come) {
  stream_ending plain;
  plain.begin(with(failure::none), start);
  EXPECT_FALSE(plain.end()->carried);
  EXPECT_EQ(plain.end()->by_reload, taken_back::nothing);
  EXPECT_EQ(plain.why_unsent(), failure::stream_closed);

  stream_ending used;
  used.stanza_acknowledged();
  used.revoke();
  used.begin(with(failure::domain_denied), start);
  EXPECT_TRUE(used.end()->carried);
  EXPECT_EQ(used.end()->by_reload, taken_back::all);
  EXPECT_EQ(used.why_unsent(), failure::domain_denied);
}

TEST(StreamEnding, waits_for_the_peer_as_long_as_the_reason_deserves) {
  struct row {
    failure why;
    stream_error error;
    bool revoked, component, unwritten;
    stream_ending::time_point::duration patience;
  };
  for (const auto& row : {
         row{failure::none, stream_error::none, false, false, false, 5s},
         row{failure::none, stream_error::none, false, false, true, 5s},
         row{failure::acknowledge_timeout, stream_error::connection_timeout, false, false, true,
             100ms},
         row{failure::stalled, stream_error::connection_timeout, true, true, true, 100ms},
         row{failure::stream_closed, stream_error::conflict, false, true, true, 1s},
         row{failure::stream_closed, stream_error::conflict, false, false, true, 5s},
         row{failure::domain_denied, stream_error::policy_violation, true, false, true, 1s},
         row{failure::domain_denied, stream_error::policy_violation, true, false, false, 5s},
       }) {
    stream_ending ending;
    if (row.revoked)
      ending.revoke();
    ending.begin(with(row.why, row.error), start);
    EXPECT_EQ(ending.close_due(row.component, row.unwritten), start + row.patience)
      << to_string(row.why) << " " << row.component << row.unwritten;
  }
}

TEST(StreamEnding, knows_whether_the_peer_may_be_unaware_of_the_end) {
  struct row {
    failure why;
    stream_error error;
    bool cut, broke_off;
  };
  for (const auto& row :
       {row{failure::stream_closed, stream_error::none, false, false},
        row{failure::stream_closed, stream_error::none, true, true},
        row{failure::stream_closed, stream_error::conflict, false, true},
        row{failure::acknowledge_timeout, stream_error::connection_timeout, false, true},
        row{failure::stalled, stream_error::connection_timeout, false, true},
        row{failure::stream_invalid, stream_error::not_well_formed, false, false}}) {
    stream_ending ending;
    if (row.cut)
      ending.cut();
    ending.begin(with(row.why, row.error), start);
    EXPECT_EQ(ending.broke_off(), row.broke_off) << to_string(row.why);
  }
}

TEST(StreamEnding, is_over_for_the_peer_by_its_footer_once_all_is_read_or_by_a_harder_end_at_once) {
  struct row {
    peer_side side;
    bool over_unread, over_read;
  };
  for (const auto& row : {row{peer_side::speaks, false, false}, row{peer_side::footer, false, true},
                          row{peer_side::no_xml, true, true}, row{peer_side::gone, true, true}}) {
    stream_ending ending;
    ending.peer_is(row.side);
    EXPECT_EQ(ending.peer_over(true), row.over_unread) << int(row.side);
    EXPECT_EQ(ending.peer_over(false), row.over_read) << int(row.side);
    ending.peer_is(peer_side::footer);
    EXPECT_EQ(ending.peer_gone(), row.side == peer_side::gone) << "a side does not come back";
  }
}

TEST(StreamEnding, gives_an_owner_everything_back_once_and_after_its_release) {
  stream_ending free;
  EXPECT_TRUE(free.released()) << "there is no owner";
  EXPECT_FALSE(free.give_back());
  free.release();
  EXPECT_FALSE(free.give_back()) << "a release without an owner is none";

  stream_ending bound;
  bound.bind();
  EXPECT_FALSE(bound.released());
  EXPECT_FALSE(bound.give_back());
  bound.begin(with(failure::none), start);
  EXPECT_EQ(bound.release_due(), start + 10s);
  bound.release();
  EXPECT_TRUE(bound.released());
  EXPECT_EQ(bound.release_due(), time_point::max());
  EXPECT_TRUE(bound.give_back());
  EXPECT_FALSE(bound.give_back());
  bound.release();
  EXPECT_FALSE(bound.give_back());
}

TEST(StreamEnding, shuts_its_side_once) {
  stream_ending ending;
  EXPECT_FALSE(ending.writing_shut());
  EXPECT_TRUE(ending.shut_writing());
  EXPECT_FALSE(ending.shut_writing());
  EXPECT_TRUE(ending.writing_shut());
}

/// Random events: no phase, side or bond goes back, the reason stays, and deadlines lie after the
/// time from which they count.
TEST(StreamEnding, never_goes_back) {
  std::minstd_rand random{4711};
  for (int round = 0; round < 2'000; ++round) {
    stream_ending ending;
    ending.start(start);
    auto t = start;
    int phase = 0;
    int given_back = 0;
    int shut = 0;
    bool over = false;
    link_end_ptr end;
    for (int step = 0; step < 30; ++step) {
      t += std::chrono::milliseconds{random() % 100};
      switch (random() % 9) {
      case 0:
        if (ending.begin(with(static_cast<failure>(random() % 5)), t)) {
          ASSERT_EQ(end, nullptr);
          end = ending.end();
        }
        break;
      case 1:
        if (!ending.open())
          ending.finish();
        break;
      case 2:
        ending.peer_is(static_cast<peer_side>(random() % 4));
        break;
      case 3:
        ending.release();
        break;
      case 4:
        if (ending.open() && given_back == 0)
          ending.bind();
        break;
      case 5:
        given_back += ending.give_back() ? 1 : 0;
        break;
      case 6:
        shut += ending.shut_writing() ? 1 : 0;
        break;
      case 7:
        ending.cut();
        break;
      case 8:
        ending.revoke();
        break;
      }
      const int now = ending.open() ? 0 : ending.closing() ? 1 : 2;
      ASSERT_GE(now, phase);
      phase = now;
      ASSERT_LE(given_back, 1);
      ASSERT_LE(shut, 1);
      ASSERT_EQ(ending.end(), end);
      ASSERT_GE(ending.peer_over(true), over);
      over = ending.peer_over(true);
      if (!ending.open()) {
        ASSERT_GT(ending.close_due(false, true), ending.since());
        ASSERT_GT(ending.release_due(), ending.since());
      }
    }
  }
}

} // namespace
} // namespace fedhub
