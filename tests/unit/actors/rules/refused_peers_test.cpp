#include "actors/rules/refused_peers.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::pair<unique_fd, unique_fd> connected() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  return {unique_fd{ends[0]}, unique_fd{ends[1]}};
}

/// Returns the octets that can be read, "" at the end; nothing if there is neither.
std::optional<std::string> read(const unique_fd& from) {
  std::array<char, 4096> room{};
  auto got = ::recv(from.get(), room.data(), room.size(), 0);
  if (got < 0)
    return {};
  return std::string(room.data(), static_cast<size_t>(got));
}

class RefusedPeers : public testing::Test {
protected:
  /// Refuses a connection. @returns the peer's end.
  unique_fd refuse(refused_peers& at, connection_limit why = connection_limit::rate) {
    auto [ours, theirs] = connected();
    at.refuse(std::move(ours), why, now);
    return std::move(theirs);
  }

  refused_peers s2s{listener_kind::s2s};
  refused_peers nodes{listener_kind::nodes};
  refused_peers direct_tls{listener_kind::s2s_direct_tls};
  refused_peers::time_point now{1h};
};

TEST_F(RefusedPeers, are_told_why_by_a_whole_stream) {
  struct {
    refused_peers* at;
    connection_limit why;
    const char* ns;
    const char* condition;
  } table[] = {
    {&s2s, connection_limit::rate, "jabber:server", "resource-constraint"},
    {&s2s, connection_limit::total, "jabber:server", "resource-constraint"},
    {&s2s, connection_limit::address, "jabber:server", "policy-violation"},
    {&nodes, connection_limit::rate, "jabber:component:accept", "resource-constraint"},
  };
  for (auto& row : table) {
    auto peer = refuse(*row.at, row.why);
    EXPECT_THAT(read(peer).value_or(""),
                AllOf(StartsWith("<?xml"), HasSubstr("<stream:stream"),
                      HasSubstr("'" + std::string(row.ns) + "'"), HasSubstr("<stream:error>"),
                      HasSubstr(std::string("<") + row.condition), HasSubstr("</stream:stream>")));
    EXPECT_EQ(read(peer), ""); // the end
  }
}

TEST_F(RefusedPeers, can_be_told_nothing_in_clear_where_tls_begins_at_once) {
  EXPECT_EQ(read(refuse(direct_tls)), "");
  EXPECT_EQ(direct_tls.sockets(), 0u);
}

TEST_F(RefusedPeers, have_a_moment_to_read_and_are_closed_then) {
  auto peer = refuse(s2s);
  EXPECT_TRUE(s2s.close_old(now + refused_peers::patience - 1ms));
  EXPECT_EQ(::send(peer.get(), "x", 1, MSG_NOSIGNAL), 1); // the socket is still open
  EXPECT_FALSE(s2s.close_old(now + refused_peers::patience));
  EXPECT_LT(::send(peer.get(), "x", 1, MSG_NOSIGNAL), 0);
}

TEST_F(RefusedPeers, keep_a_limited_number_of_sockets_and_are_told_so_many_a_second) {
  std::vector<unique_fd> peers;
  for (size_t i = 0; i < refused_peers::most_per_second + 50; ++i)
    peers.push_back(refuse(s2s));
  EXPECT_EQ(s2s.sockets(), refused_peers::most_sockets);
  size_t answered = 0;
  for (auto& x : peers)
    answered += read(x).value_or("").empty() ? 0 : 1;
  EXPECT_EQ(answered, refused_peers::most_per_second);
  now += 1s;
  EXPECT_NE(read(refuse(s2s)), "");
}

TEST_F(RefusedPeers, that_take_no_octet_are_not_waited_for) {
  auto [ours, theirs] = connected();
  while (::send(ours.get(), "full", 4, MSG_NOSIGNAL) == 4) {
  }
  s2s.refuse(std::move(ours), connection_limit::rate, now);
  EXPECT_EQ(s2s.sockets(), 0u);
}

} // namespace
} // namespace fedhub
