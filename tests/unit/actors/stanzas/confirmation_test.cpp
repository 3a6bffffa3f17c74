// An outbox on TCP: a stanza counts as delivered when the peer's kernel has acknowledged it.
#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "actors/stanzas/outbox.hpp"
#include "protocol/text/namespaces.hpp"
#include "tests/unit/actors/net/transport_scene.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::message_of_size;

class Confirmation : public test::account_test {
protected:
  Confirmation() { connect(); }
  ~Confirmation() override {
    box.reset();
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(queued_octets(), 0);
  }

  /// @param room size of the peer's receive buffer; 0: the kernel's default.
  void connect(int room = 0) {
    auto listening = listen_tcp(*socket_address::parse("127.0.0.1", 0));
    if (room != 0)
      ::setsockopt(listening.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    auto near = connect_tcp(local_address(listening.get()));
    pollfd ready{listening.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 5000), 1);
    unique_fd far{::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK)};
    ASSERT_TRUE(far);
    wire = std::make_unique<transport>(std::move(near));
    wire->confirmable(true);
    peer = std::make_unique<transport>(std::move(far));
  }

  void push(std::string_view id, size_t size = 200) {
    auto pieces = stream.cut(message_of_size(id, size));
    ASSERT_EQ(box->push(pieces), failure::none);
  }
  io_status flush() {
    size_t written = 0;
    auto status = box->flush(*wire, 1 << 20, written);
    if (written > 0)
      box->written(t);
    box->publish();
    return status;
  }
  /// Waits until TCP has acknowledged everything, at most `patience`. @returns whether it has.
  bool confirmed(std::chrono::milliseconds patience = 5s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!box->confirm(*wire, t += 20ms))
      if (std::chrono::steady_clock::now() > end)
        return false;
    return true;
  }
  void read_all() {
    char part[65536];
    peer->news(false);
    while (peer->read(part, sizeof part).status == io_status::ok) {
    }
  }
  /// Writes until the kernel takes no more. @returns the number of the last stanza.
  int fill() {
    for (int n = 0;; ++n) {
      push(std::to_string(n), 1000);
      if (flush() == io_status::would_block)
        return n;
    }
  }
  size_t take_unconfirmed(uint64_t& beyond) {
    auto xs = box->take_unconfirmed(beyond);
    const auto n = xs.size();
    for (auto& x : xs)
      account.bounced(x, failure::unconfirmed);
    return n;
  }

  time_point t{12h};
  test::source_stream stream;
  std::unique_ptr<transport> wire, peer;
  std::optional<queue_account> limits{std::in_place, plenty, plenty, account};
  std::unique_ptr<outbox> box = std::make_unique<outbox>(ns::server, *limits);
};

TEST_F(Confirmation, asks_tcp_about_stanzas_that_the_peer_refuses_to_acknowledge) {
  connect(4096);
  box->hold_written();
  fill();
  EXPECT_EQ(delivered(), 0);
  const auto held = static_cast<double>(box->held()->size());
  box->stop_holding(*wire, t);
  EXPECT_LT(delivered(), held); // the last ones are retained
  EXPECT_GT(queued(), 0);
  const auto end = std::chrono::steady_clock::now() + 5s;
  while ((flush() == io_status::would_block || !box->confirm(*wire, t += 20ms))
         && std::chrono::steady_clock::now() < end)
    read_all();
  EXPECT_GT(delivered(), held);
  EXPECT_EQ(queued(), 0);
}

TEST_F(Confirmation, delivers_what_the_peers_kernel_has) {
  box->push("<header/>");
  push("1");
  push("2");
  ASSERT_EQ(flush(), io_status::ok);
  EXPECT_EQ(delivered(), 0);
  EXPECT_EQ(queued(), 2);
  EXPECT_EQ(box->confirm_due(), t + hold_back_time);
  ASSERT_TRUE(confirmed());
  EXPECT_EQ(delivered(), 2);
  EXPECT_EQ(queued(), 0);
  EXPECT_EQ(box->confirm_due(), time_point::max());
  EXPECT_EQ(wire->octets_acknowledged(), wire->octets_written());
}

TEST_F(Confirmation, does_the_same_in_tls) {
  test::tls_pair tls;
  wire->start_tls(tls.client());
  peer->start_tls(tls.server());
  io_status status{};
  for (int i = 0; i < 100 && (status = test::shake_hands(*wire, *peer)) == io_status::would_block;
       ++i)
    ::usleep(1000);
  ASSERT_EQ(status, io_status::ok);
  push("1");
  push("large", 30'000); // larger than a record
  ASSERT_EQ(flush(), io_status::ok);
  EXPECT_GT(wire->octets_written(), 30'200u);
  EXPECT_EQ(delivered(), 0);
  ASSERT_TRUE(confirmed());
  EXPECT_EQ(delivered(), 2);
}

TEST_F(Confirmation, counts_the_fin_as_no_octet) {
  push("1");
  ASSERT_EQ(flush(), io_status::ok);
  wire->shutdown_write();
  ASSERT_TRUE(confirmed());
  EXPECT_EQ(delivered(), 1);
  EXPECT_EQ(wire->octets_acknowledged(), wire->octets_written());
}

/// At the end the outbox gives back the last 64 KiB that TCP has not acknowledged, and the number
/// of octets before them.
TEST_F(Confirmation, tells_at_the_end_what_did_not_arrive) {
  for (const bool shut : {false, true}) {
    connect(4096);
    box = std::make_unique<outbox>(ns::server, *limits);
    fill();
    for (auto& x : box->take_unwritten())
      account.bounced(x, failure::stalled);
    EXPECT_FALSE(confirmed(50ms));
    if (shut)
      wire->shutdown_write();
    const auto pending = wire->octets_written() - wire->octets_acknowledged();
    ASSERT_GT(pending, 2 * unconfirmed::most_octets);
    // A peer that ends with octets unread resets the connection.
    peer.reset();
    pollfd ready{wire->fd(), POLLIN, 0};
    ::poll(&ready, 1, 5000);
    box->confirm(*wire, t);
    uint64_t beyond = 0;
    const auto retained = take_unconfirmed(beyond);
    EXPECT_EQ(retained, unconfirmed::most_octets / 1000);
    // One stanza is partly written.
    EXPECT_NEAR(static_cast<double>(pending), static_cast<double>(beyond + retained * 1000), 1000);
    EXPECT_EQ(wire->octets_written() - wire->octets_acknowledged(), pending);
  }
}

TEST_F(Confirmation, asks_when_the_room_is_full_and_lets_go_of_what_has_arrived) {
  for (int i = 0; i < 2000; ++i) { // 400 kB, which the peer reads at once
    push(std::to_string(i));
    ASSERT_EQ(flush(), io_status::ok);
    read_all();
  }
  ASSERT_TRUE(confirmed());
  EXPECT_EQ(delivered(), 2000);
  uint64_t beyond = 0;
  EXPECT_EQ(take_unconfirmed(beyond), 0u);
  EXPECT_EQ(beyond, 0u);
}

TEST_F(Confirmation, retains_nothing_where_the_peer_acknowledges_by_itself) {
  box->hold_written();
  push("1");
  ASSERT_EQ(flush(), io_status::ok);
  EXPECT_EQ(box->confirm_due(), time_point::max());
  EXPECT_TRUE(box->confirm(*wire, t));
  EXPECT_EQ(delivered(), 0);
  box->acknowledge(1);
  EXPECT_EQ(delivered(), 1);
}

// ---- the hub's stop ----------------------------------------------------------------------------

TEST_F(Confirmation, gives_up_all_but_the_hubs_own_answers) {
  connect(4096);
  const auto n = fill(); // the last one is partly written
  push("waiting");
  auto answer = stream.cut(message_of_size("answer", 300));
  answer.generated = true;
  ASSERT_EQ(box->push(answer), failure::none);
  std::map<failure, int> answered;
  for (auto& entry : box->give_up()) {
    ++answered[entry.why];
    account.bounced(entry.value, entry.why);
  }
  EXPECT_EQ(answered[failure::unconfirmed], static_cast<int>(unconfirmed::most_octets / 1000) + 1);
  EXPECT_EQ(answered[failure::shutting_down], 1);
  EXPECT_EQ(queued(), 0);
  // The partly written stanza is completed, and the answer follows.
  std::string got;
  const auto end = std::chrono::steady_clock::now() + 10s;
  for (bool done = false; !done && std::chrono::steady_clock::now() < end;) {
    char part[65536];
    peer->news(false);
    for (io_result x; (x = peer->read(part, sizeof part)).status == io_status::ok;)
      got.append(part, x.bytes);
    flush();
    done = box->empty() && box->confirm(*wire, t += 20ms);
  }
  char part[65536];
  peer->news(false);
  for (io_result x; (x = peer->read(part, sizeof part)).status == io_status::ok;)
    got.append(part, x.bytes);
  std::string expected;
  for (int i = 0; i <= n; ++i)
    expected += message_of_size(std::to_string(i), 1000);
  EXPECT_EQ(got, expected + message_of_size("answer", 300));
  EXPECT_EQ(metrics.replies.at(reply_result::sent).Value(), 1);
}

} // namespace
} // namespace fedhub
