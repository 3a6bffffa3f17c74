#include "actors/dial/connector.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <gmock/gmock.h>

#include "actors/dial/spawn_connector.hpp"
#include "actors/runtime/network_loop.hpp"
#include "tests/unit/actors/net/mute_listener.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using test::loopback;
using test::mute_listener;
using test::wait_for;

/// Returns the address of a port on which no program listens.
socket_address closed_port() { return local_address(listen_tcp(loopback()).get()); }

class ConnectorTest : public testing::Test {
protected:
  ConnectorTest() : system{config.set("scheduler.max-threads", size_t{2})}, self{system} {}
  ~ConnectorTest() override { loop.stop(); }

  connector_actor spawn(std::vector<socket_address> addresses, race_options options = {}) {
    auto to = std::make_shared<resolution>();
    to->targets = {{"other.example", 5269, 0, 0, {}},
                   {"chat.example", 5270, 0, 0, std::move(addresses), true}};
    return spawn_connector(system, loop, to, options);
  }

  connected_ptr connect(const connector_actor& connector) {
    connected_ptr result;
    self->request(connector, 30s, connect_atom_v)
      .receive([&](const connected_ptr& x) { result = x; },
               [&](const caf::error& x) { ADD_FAILURE() << system.render(x); });
    if (!result)
      throw std::runtime_error{"no answer"};
    self->wait_for(connector); // it ends on its own
    return result;
  }
  connected_ptr connect(std::vector<socket_address> addresses, race_options options = {}) {
    return connect(spawn(std::move(addresses), options));
  }

  /// Counts this process's sockets. Other descriptors are not counted, since a sanitizer's check in
  /// another thread opens a pipe for a moment.
  static ptrdiff_t open_sockets() {
    return std::count_if(std::filesystem::directory_iterator{"/proc/self/fd"},
                         std::filesystem::directory_iterator{}, [](const auto& result) {
                           std::error_code gone;
                           auto what = std::filesystem::read_symlink(result.path(), gone);
                           return what.native().starts_with("socket:");
                         });
  }

  caf::actor_system_config config;
  network_loop loop;
  caf::actor_system system;
  caf::scoped_actor self;
  unique_fd listener = listen_tcp(loopback());
  socket_address good = local_address(listener.get());
};

TEST_F(ConnectorTest, hands_over_a_connection_that_works) {
  auto result = connect({good});
  ASSERT_EQ(result->why, failure::none) << result->detail;
  EXPECT_EQ(result->address, good);
  EXPECT_EQ(result->host, "chat.example");
  EXPECT_EQ(result->port, 5270);
  EXPECT_TRUE(result->direct_tls);
  EXPECT_GT(result->time, 0us);
  ASSERT_TRUE(wait_for(listener.get(), POLLIN));
  unique_fd accepted{::accept(listener.get(), nullptr, nullptr)};
  ASSERT_EQ(::write(result->fd.get(), "hello", 5), 5);
  char buffer[8];
  EXPECT_EQ(::read(accepted.get(), buffer, sizeof buffer), 5);
}

TEST_F(ConnectorTest, goes_on_to_the_next_address_at_once_after_a_refusal) {
  auto result = connect({closed_port(), closed_port(), good}, {.stagger = 60s, .timeout = 60s});
  EXPECT_EQ(result->why, failure::none) << result->detail;
  EXPECT_EQ(result->address, good);
}

TEST_F(ConnectorTest, goes_on_to_the_next_address_while_one_is_silent_and_closes_the_loser) {
  mute_listener mute;
  auto before = open_sockets();
  auto result = connect({mute.address(), good}, {.stagger = 20ms, .timeout = 60s});
  EXPECT_EQ(result->why, failure::none) << result->detail;
  EXPECT_EQ(result->address, good);
  EXPECT_GE(result->time, 20ms);
  EXPECT_EQ(open_sockets(), before + 1);
}

TEST_F(ConnectorTest, tells_a_refusal) {
  auto closed = closed_port();
  auto result = connect({closed});
  EXPECT_EQ(result->why, failure::connect_refused);
  EXPECT_EQ(result->detail, closed.str() + ": Connection refused");
  EXPECT_FALSE(result->fd);
}

TEST_F(ConnectorTest, tells_a_time_out) {
  mute_listener mute;
  auto before = open_sockets();
  auto result = connect({mute.address()}, {.stagger = 20ms, .timeout = 50ms});
  EXPECT_EQ(result->why, failure::connect_timeout);
  EXPECT_THAT(result->detail, HasSubstr(mute.address().str()));
  EXPECT_EQ(open_sockets(), before);
}

TEST_F(ConnectorTest, tells_that_an_address_cannot_be_reached_at_all) {
  // The kernel refuses TCP to a multicast address without sending a packet.
  auto result = connect({*socket_address::parse("224.0.0.1", 5269)});
  EXPECT_EQ(result->why, failure::connect_unreachable);
  auto next =
    connect({*socket_address::parse("224.0.0.1", 5269), good}, {.stagger = 60s, .timeout = 60s});
  EXPECT_EQ(next->why, failure::none) << next->detail;
}

TEST_F(ConnectorTest, passes_on_why_nothing_was_resolved) {
  auto to = std::make_shared<resolution>();
  to->why = failure::dns_timeout;
  to->detail = "no answer";
  auto result = connect(spawn_connector(system, loop, to));
  EXPECT_EQ(result->why, failure::dns_timeout);
  EXPECT_EQ(result->detail, "no answer");
  EXPECT_EQ(connect(spawn({}))->why, failure::connect_unreachable);
}

TEST_F(ConnectorTest, closes_its_sockets_when_told_to_end) {
  mute_listener mute;
  auto before = open_sockets();
  auto connector = spawn({mute.address(), mute.address()}, {.stagger = 1ms, .timeout = 60s});
  self->send(connector, connect_atom_v);
  self->send_exit(connector, caf::exit_reason::user_shutdown);
  self->wait_for(connector);
  EXPECT_EQ(open_sockets(), before);
}

} // namespace
} // namespace fedhub
