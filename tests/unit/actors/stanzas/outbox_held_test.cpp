// The outbox of a stream whose peer acknowledges what it takes (XEP-0198).
#include <random>

#include "tests/unit/actors/net/transport_scene.hpp"
#include "tests/unit/actors/stanzas/outbox_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::ids_of;
using test::message;
using test::message_of_size;
using testing::ElementsAre;
using testing::IsEmpty;

class HeldOutbox : public test::outbox_test {
protected:
  HeldOutbox() { hold(plenty, plenty); }

  void hold(int64_t bytes, int64_t stanzas) {
    limit(bytes, stanzas);
    box->hold_written();
  }
  void push_at(std::string_view id, time_point since, size_t size = 200) {
    auto x = stream.cut(message_of_size(id, size), since);
    EXPECT_EQ(box->push(x), failure::none);
    box->publish();
  }
  /// Pushes and writes so many stanzas, numbered from 1.
  void write(int n, size_t size = 200) {
    for (int i = 1; i <= n; ++i)
      push(message_of_size(std::to_string(i), size));
    ASSERT_EQ(flush(), io_status::ok);
    read();
  }
  std::vector<std::string> take_held(time_point now = {}) {
    auto xs = box->take_held(now);
    auto result = ids_of(xs);
    settle(std::move(xs));
    return result;
  }

  const time_point noon{12h};
};

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
  ASSERT_EQ(flush(), io_status::would_block); // 4 is written in part
  auto held = box->take_held(noon);
  EXPECT_THAT(ids_of(held), ElementsAre("2", "3"));
  for (auto& x : held)
    EXPECT_EQ(x.since, noon); // their time for the next stream begins now
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
    auto x = stream.cut(message(std::to_string(i)));
    x.generated = i % 2 == 0;
    ASSERT_EQ(box->push(x), failure::none);
  }
  box->publish();
  ASSERT_EQ(flush(), io_status::ok);
  auto taken = box->take_held_answerable(noon);
  EXPECT_THAT(ids_of(taken), ElementsAre("1", "3"));
  EXPECT_EQ(queued(), 0); // answers are counted apart
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

TEST_F(HeldOutbox, tells_what_is_written_once_more) {
  auto resent = [&] { return metrics.stanzas_resent.at(stanza_direction::from_world).Value(); };
  write(2);
  auto again = box->take_held(noon);
  push(message("3"));
  for (auto& x : again)
    EXPECT_EQ(box->push(x), failure::none);
  EXPECT_EQ(resent(), 0); // they may yet be answered instead
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
  // As many as fit into one go: the limit is a mark, not a wall.
  EXPECT_EQ(read(), message("4") + message("5"));
  EXPECT_TRUE(box->empty());
  EXPECT_FALSE(box->blocked());
}

TEST_F(HeldOutbox, counts_octets_as_well) {
  hold(1000, plenty);
  push(message_of_size("1", 900));
  push(message_of_size("2", 900)); // begun with 100 left
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
  push_at("0", noon); // what waits is copied too, and takes its room
  EXPECT_THAT(box->settle_in(), IsEmpty());
  push_at("3", noon);
  EXPECT_FALSE(box->blocked());
  box->settle_held(noon + 1s);
  EXPECT_EQ(credit->in_flight(), 400); // no room for 1 and 2 beside 0 and 3
  EXPECT_TRUE(box->blocked());
  EXPECT_EQ(box->held()->settle_due(), time_point::max());
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(box->size(), 2u);
  box->acknowledge(1); // now one more may go
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
  for (auto& x : box->settle_in()) {
    EXPECT_EQ(x.why, failure::queue_full);
    account.bounced(x.value, x.why);
  }
  // What may be in a TLS record has to stay, room or not.
  EXPECT_EQ(box->size(), 1u);
  EXPECT_EQ(push(message("7")), failure::queue_full);
  EXPECT_EQ(bounced(failure::queue_full), 1);
  box->acknowledge(5);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_THAT(take_held(), ElementsAre("6"));
}

// ---- all of it ---------------------------------------------------------------------------------

/// Anything in any order: what was written stands in the order pushed, each stanza ends once, and
/// what the peer saw acknowledged is what was delivered.
TEST_F(HeldOutbox, loses_and_doubles_nothing_whatever_comes) {
  std::minstd_rand random{198};
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 40; ++round) {
    hold(6000, 40);
    const auto before = delivered();
    std::string got;
    std::vector<std::string> pushed; ///< not yet seen to be held.
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
        flush(static_cast<size_t>(1 + below(8000)));
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
    // What the peer got: all that was held, in full, and part of one more at most.
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
    EXPECT_LT(got.size() - expected.size(), begun + 8); // a part of an "<a…/>" may be the last
  }
}

// ---- TLS ---------------------------------------------------------------------------------------

using HeldOutboxOnTls = test::transport_test;

TEST_F(HeldOutboxOnTls, changes_nothing_in_a_record_that_waits_for_its_socket) {
  test::tls_pair tls;
  int small = 8192;
  ::setsockopt(hub->fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  hub->start_tls(tls.server());
  peer->start_tls(tls.client());
  ASSERT_EQ(shake_hands(), io_status::ok);
  hub_metrics metrics{"test"};
  accounting account{metrics, 1 << 30};
  queue_account limits{40'000, 1000, account};
  outbox box{ns::server, limits};
  box.hold_written();
  test::source_stream stream;
  std::string stanzas, got;
  int said = 0, waits = 0;
  for (int i = 0; i < 1000; ++i) {
    auto xml = message_of_size(std::to_string(i), 700);
    auto x = stream.cut(xml);
    ASSERT_EQ(box.push(x), failure::none);
    stanzas += xml;
  }
  for (int i = 0; i < 5000 && !box.empty(); ++i) {
    size_t n = 0;
    const auto status = box.flush(*hub, 1 << 20, n);
    ASSERT_TRUE(status == io_status::ok || status == io_status::would_block) << hub->last_error();
    waits += status == io_status::would_block ? 1 : 0;
    box.push_ahead("<a" + std::to_string(said++) + "/>");
    if (i % 3 != 0)
      continue; // the record waits, and octets come ahead meanwhile
    box.acknowledge(box.held()->size());
    got += read(*peer);
  }
  for (int i = 0; i < said; ++i) {
    const auto own = "<a" + std::to_string(i) + "/>";
    const auto at = got.find(own);
    if (at != got.npos)
      got.erase(at, own.size());
  }
  EXPECT_GT(waits, 10);
  EXPECT_EQ(got, stanzas.substr(0, got.size()));
  EXPECT_GT(got.size(), stanzas.size() / 2);
}

TEST_F(HeldOutboxOnTls, offers_a_record_again_though_the_limit_is_reached_meanwhile) {
  test::tls_pair tls;
  hub->start_tls(tls.server());
  peer->start_tls(tls.client());
  ASSERT_EQ(shake_hands(), io_status::ok);
  hub_metrics metrics{"test"};
  accounting account{metrics, 1 << 30};
  queue_account limits{1000, 1000, account};
  outbox box{ns::server, limits};
  box.hold_written();
  test::source_stream stream;
  size_t n = 0;
  auto first = stream.cut(message_of_size("1", 900));
  ASSERT_EQ(box.push(first), failure::none);
  ASSERT_EQ(box.flush(*hub, 1 << 20, n), io_status::ok);
  // The socket is full, whatever of.
  const std::string filler(65536, 'x');
  while (::send(hub->fd(), filler.data(), filler.size(), MSG_DONTWAIT) > 0) {
  }
  box.push("<own/>");
  auto second = stream.cut(message_of_size("2", 300));
  ASSERT_EQ(box.push(second), failure::none);
  ASSERT_EQ(box.flush(*hub, 1 << 20, n), io_status::would_block);
  box.settle_in(); // the second takes its room, so that the first has none
  box.settle_held(time_point{1h});
  EXPECT_EQ(box.held()->room(), 0u);
  for (char part[65536]; ::recv(peer->fd(), part, sizeof part, MSG_DONTWAIT) > 0;) {
  }
  EXPECT_EQ(box.flush(*hub, 1 << 20, n), io_status::ok) << hub->last_error();
  EXPECT_TRUE(box.empty());
}

} // namespace
} // namespace fedhub
