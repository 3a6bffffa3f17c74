// An outbox that holds written stanzas, and writes TLS records.
#include <sys/socket.h>

#include <string>

#include "tests/unit/actors/net/transport_scene.hpp"
#include "tests/unit/actors/stanzas/outbox_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::message_of_size;

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
    auto pieces = stream.cut(xml);
    ASSERT_EQ(box.push(pieces), failure::none);
    stanzas += xml;
  }
  for (int i = 0; i < 5000 && !box.empty(); ++i) {
    size_t n = 0;
    const auto status = box.flush(*hub, 1 << 20, n);
    ASSERT_TRUE(status == io_status::ok || status == io_status::would_block) << hub->last_error();
    waits += status == io_status::would_block ? 1 : 0;
    box.push_ahead("<a" + std::to_string(said++) + "/>");
    if (i % 3 != 0)
      continue; // the record waits, and meanwhile octets are put ahead of the stanzas
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
  // The socket is full of other octets.
  const std::string filler(65536, 'x');
  while (::send(hub->fd(), filler.data(), filler.size(), MSG_DONTWAIT) > 0) {
  }
  box.push("<own/>");
  auto second = stream.cut(message_of_size("2", 300));
  ASSERT_EQ(box.push(second), failure::none);
  ASSERT_EQ(box.flush(*hub, 1 << 20, n), io_status::would_block);
  box.settle_in(); // the second stanza takes the room, so that the first has none
  box.settle_held(time_point{1h});
  EXPECT_EQ(box.held()->room(), 0u);
  for (char part[65536]; ::recv(peer->fd(), part, sizeof part, MSG_DONTWAIT) > 0;) {
  }
  EXPECT_EQ(box.flush(*hub, 1 << 20, n), io_status::ok) << hub->last_error();
  EXPECT_TRUE(box.empty());
}

} // namespace
} // namespace fedhub
