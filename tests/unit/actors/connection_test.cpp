// A connection between its deadlines and those who take their time: its owner, its peer.
#include <sys/socket.h>

#include <array>

#include "actors/spawn_connection.hpp"
#include "tests/unit/actors/hub_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

struct owner_log : test::sink_log {
  int down = 0, drained = 0;
};

link_owner_actor::behavior_type fake_owner(link_owner_actor::pointer, owner_log* log) {
  return {
    [](deliver_atom, const stanza_batch_ptr&) {},
    [](linkup_atom, const connection_actor&, questions_taken) {},
    [](pair_atom, const connection_actor&, const pair_outcome_ptr&) {},
    [](verified_atom, const verification_ptr&) {},
    [=](linkdown_atom, const connection_actor&, const link_end_ptr&) { ++log->down; },
    [](settled_atom, const connection_actor&, uint32_t) {},
    [](keep_atom, const connection_actor&, const kept_stream_ptr&) {},
    [=](returned_atom, const connection_actor&, const stanza_batch_ptr& x) { log->take(*x); },
    [=](drained_atom, const connection_actor&) { ++log->drained; },
  };
}

/// An outgoing stream that is not authenticated yet.
class OutgoingConnection : public test::hub_test {
protected:
  /// @param room of the socket for what is sent; 0: the system's. @returns the peer's end.
  unique_fd open(std::string_view settings, int room = 0) {
    start(settings);
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
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
};

/// One whose peer went before it was authenticated, with a stanza that came later.
class ConnectionEnd : public OutgoingConnection {
protected:
  ConnectionEnd() {
    open("[timeouts]\nnegotiation = 30\n");
    elapse(29s, 1s);
  }

  void cut_and_deliver() {
    tell(connection, ready_atom_v, 0); // what it reads is that the peer is gone
    EXPECT_EQ(owner.down, 1);
    tell(connection, deliver_atom_v, messages({"1"}, "b@partner.example", "a@corp.example"));
  }
};

TEST_F(ConnectionEnd, waits_for_its_owner_past_the_deadlines_that_the_stream_had) {
  cut_and_deliver();
  elapse(2s, 100ms);
  EXPECT_THAT(router.answers, IsEmpty());
  tell(connection, release_atom_v);
  EXPECT_THAT(owner.ids(), testing::ElementsAre("1"));
  EXPECT_EQ(owner.drained, 1);
}

TEST_F(ConnectionEnd, answers_stanzas_itself_once_the_owner_must_be_gone) {
  cut_and_deliver();
  elapse(9s, 100ms);
  EXPECT_THAT(router.answers, IsEmpty());
  elapse(2s, 100ms);
  EXPECT_THAT(router.answers, SizeIs(1));
}

/// One whose peer reads nothing.
class ConnectionKeptWaiting : public OutgoingConnection {
protected:
  void deliver(size_t size) { tell(connection, deliver_atom_v, one_of_many(size)); }

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

} // namespace
} // namespace fedhub
