// A connection whose owner or peer is slow: its deadlines, its queue, its end.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <random>

#include "actors/connection/spawn_connection.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

struct owner_log : test::sink_log {
  int down = 0, drained = 0;
  std::string why; ///< the reason of the end.
};

link_owner_actor::behavior_type fake_owner(link_owner_actor::pointer, owner_log* log) {
  return {
    [](deliver_atom, const stanza_batch_ptr&) {},
    [](linkup_atom, const connection_actor&, questions_taken) {},
    [](pair_atom, const connection_actor&, const pair_outcome_ptr&) {},
    [](verified_atom, const verification_ptr&) {},
    [=](linkdown_atom, const connection_actor&, const link_end_ptr& link_end) {
      ++log->down;
      log->why = std::string{to_string(link_end->why)} + " " + link_end->detail;
    },
    [](settled_atom, const connection_actor&, uint32_t) {},
    [](keep_atom, const connection_actor&, const kept_stream_ptr&) {},
    [=](returned_atom, const connection_actor&, const stanza_batch_ptr& x) { log->take(*x); },
    [=](drained_atom, const connection_actor&) { ++log->drained; },
    [](step_atom, const connection_actor&, admin::attempt_step) {},
  };
}

/// An outgoing stream that is not authenticated yet.
class OutgoingConnection : public test::hub_test {
protected:
  /// @param room of the socket's send buffer; 0: the system's default. @returns the peer's end.
  unique_fd open(std::string_view settings, int room = 0) {
    start(settings);
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    hub_end.reset(::dup(ends[0]));
    if (room != 0)
      ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    connection_seed seed;
    seed.fd = unique_fd{ends[0]};
    seed.leg = stream_leg::s2s_out;
    seed.owner = spawn(fake_owner, &owner);
    seed.outgoing.emplace();
    seed.outgoing->sender = test::domain("corp.example");
    seed.outgoing->target = test::domain("partner.example");
    connection = keep(spawn_connection(system(), hub_, std::move(seed)));
    run();
    return unique_fd{ends[1]};
  }

  owner_log owner;
  connection_actor connection;
  unique_fd hub_end; ///< a second descriptor of the hub's end of the socket.
};

/// A connection whose peer ends before authentication, and that then gets a stanza.
class ConnectionEnd : public OutgoingConnection {
protected:
  ConnectionEnd() {
    open("[timeouts]\nnegotiation = 30\n");
    elapse(29s, 1s);
  }

  void cut_and_deliver() {
    post(connection, ready_atom_v, 0); // it reads the peer's end
    EXPECT_EQ(owner.down, 1);
    post(connection, deliver_atom_v, messages({"1"}, "b@partner.example", "a@corp.example"));
  }
};

TEST_F(ConnectionEnd, waits_for_its_owner_past_the_deadlines_that_the_stream_had) {
  cut_and_deliver();
  elapse(2s, 100ms);
  EXPECT_THAT(router.answers, IsEmpty());
  post(connection, release_atom_v);
  EXPECT_THAT(owner.ids(), testing::ElementsAre("1"));
  EXPECT_EQ(owner.drained, 1);
}

TEST_F(ConnectionEnd, answers_stanzas_itself_if_its_owner_does_not_release_it_in_time) {
  cut_and_deliver();
  elapse(9s, 100ms);
  EXPECT_THAT(router.answers, IsEmpty());
  elapse(2s, 100ms);
  EXPECT_THAT(router.answers, SizeIs(1));
}

/// A connection whose peer reads nothing.
class ConnectionKeptWaiting : public OutgoingConnection {
protected:
  void deliver(size_t size) { post(connection, deliver_atom_v, one_of_many(size)); }

  unique_fd peer = open({}, 8192);
};

TEST_F(ConnectionKeptWaiting, soon_holds_back_a_source_by_its_own_stanzas_only) {
  deliver(40'000);
  EXPECT_EQ(held_back(), 40'000 + around);
  elapse(19ms, 1ms);
  EXPECT_EQ(held_back(), 40'000 + around);
  elapse(1ms, 1ms);
  EXPECT_EQ(held_back(), 40'000);
  deliver(200);
  EXPECT_EQ(held_back(), 40'200);
}

// ---- deadlines ---------------------------------------------------------------------------------

/// A stream that may send, without stream management.
class ConnectionTime : public OutgoingConnection, public testing::WithParamInterface<unsigned> {
protected:
  void open_authorised(std::string_view settings) {
    peer = open("[federation]\nsecurity_mode = \"tls-optional\"\n" + std::string{settings}, 8192);
    say("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
        "xmlns:db='jabber:server:dialback' id='id-1' version='1.0'><stream:features>"
        "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>");
    post(connection, pair_atom_v,
         domain_pair{test::domain("corp.example"), test::domain("partner.example")});
    say("<db:result from='partner.example' to='corp.example' type='valid'/>");
    read();
  }
  void say(std::string_view text) {
    [[maybe_unused]] auto n = ::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
    post(connection, ready_atom_v, 0);
  }
  void read() {
    std::array<char, 65536> octets;
    while (::recv(peer.get(), octets.data(), octets.size(), MSG_DONTWAIT) > 0) {
    }
    post(connection, ready_atom_v, 0);
  }
  void deliver(size_t n = 1) {
    for (size_t i = 0; i < n; ++i)
      post(connection, deliver_atom_v, messages({"1"}, "b@partner.example", "a@corp.example"));
  }
  /// Turns the clock. @returns the number of deadlines within that time.
  size_t ticks_within(duration time) {
    const auto end = now() + time;
    size_t n = 0;
    int at_once = 0;
    for (auto& clock = scheduler().clock(); clock.has_pending_timeout() && n < 10'000; ++n) {
      const auto before = now();
      clock.trigger_timeout();
      // The last event may have made something due at once, and an outdated tick may come before
      // the one in force. After that each tick moves the deadline into the future.
      at_once = now() == before ? at_once + 1 : 0;
      EXPECT_LT(at_once, 3) << "a deadline that is not later";
      run();
      if (now() > end)
        break;
    }
    return n;
  }

  unique_fd peer;
};

TEST_F(ConnectionTime, waits_for_a_full_socket_without_polling_though_a_sign_of_life_is_due) {
  open_authorised("[timeouts]\nkeepalive = 60\n");
  elapse(50s, 1s);
  // The socket is full, although no stanza waits for it yet.
  const std::string much(65536, 'x');
  while (::send(hub_end.get(), much.data(), much.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  const auto begin = now();
  deliver();
  EXPECT_LT(ticks_within(55s), 10u);
  if (owner.down == 0)
    elapse(6s, 1s);
  EXPECT_EQ(owner.down, 1) << "nothing could be written for 60 s";
  EXPECT_GE(now() - begin, 60s) << owner.why;
}

TEST_P(ConnectionTime, never_polls) {
  std::minstd_rand random{GetParam()};
  auto any = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  open_authorised("[timeouts]\nkeepalive = 20\nidle = 30\nacknowledge = 7\n");
  for (int step = 0; step < 60; ++step) {
    switch (any(7)) {
    case 0:
    case 1:
      deliver(1 + any(60));
      break;
    case 2:
      read();
      break;
    case 3:
      say(" ");
      break;
    case 4:
      if (any(10) == 0)
        post(connection, reload_atom_v,
             std::make_shared<const reload_round>(former_rules{hub_->current(), hub_->table()},
                                                  [] {}));
      break;
    case 5:
      if (any(20) == 0)
        say("</stream:stream>");
      break;
    default:
      elapse(std::chrono::milliseconds{any(8000)}, 100ms);
    }
    EXPECT_LT(ticks_within(5s), 20u) << "step " << step;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, ConnectionTime, testing::Range(1u, 31u));

} // namespace
} // namespace fedhub
