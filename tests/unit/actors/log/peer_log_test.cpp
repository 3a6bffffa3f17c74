#include "actors/log/peer_log.hpp"

#include <gtest/gtest.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub {
namespace {

TEST(LogPeer, is_what_one_host_can_make_up) {
  const auto peer = [](const char* ip) { return log_peer(*socket_address::parse(ip, 5269)); };
  EXPECT_EQ(peer("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peer("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(peer("2001:db8:1:2::1"), "2001:db8:1:2::/64");
  EXPECT_EQ(peer("2001:db8:1:3::1"), "2001:db8:1:3::/64");
  EXPECT_EQ(peer("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peer("::ffff:192.0.2.8"), "192.0.2.8");
}

} // namespace
} // namespace fedhub
