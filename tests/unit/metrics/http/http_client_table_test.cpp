#include "metrics/http/http_client_table.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

namespace fedhub {
namespace {

using testing::ElementsAre;

socket_address address(const char* text) { return socket_address::parse(text, 9).value(); }

/// Returns the peers that are left after these clients have come.
std::vector<std::string> left(size_t total, size_t per_origin, std::vector<const char*> come) {
  http_client_table table{total, per_origin, [](uint64_t) {}};
  for (const char* text : come)
    table.add({unique_fd{}, address(text), {}});
  std::vector<std::string> peers;
  for (const auto& [id, client] : table.all())
    peers.push_back(client.peer.address);
  return peers;
}

TEST(http_client_table, ends_the_oldest_when_it_is_full) {
  EXPECT_THAT(left(2, 2, {"192.0.2.1", "192.0.2.2", "192.0.2.3"}),
              ElementsAre("192.0.2.2", "192.0.2.3"));
}

TEST(http_client_table, ends_the_oldest_of_a_network_that_has_its_share) {
  EXPECT_THAT(left(9, 2, {"192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.2"}),
              ElementsAre("192.0.2.1", "192.0.2.2", "192.0.2.2"));
  EXPECT_THAT(left(9, 1, {"2001:db8::1", "2001:db8:0:1::1", "2001:db8::2"}),
              ElementsAre("2001:db8:0:1::1", "2001:db8::2"));
}

TEST(http_client_table, ends_idle_clients_first) {
  const struct {
    size_t total, per_origin;
    std::vector<size_t> idle; ///< of three clients; the first two are of one origin.
    const char* left_out;
  } rows[] = {{3, 3, {}, "192.0.2.1"},  {3, 3, {1}, "192.0.2.2"},    {3, 3, {1, 2}, "192.0.2.2"},
              {3, 3, {2}, "192.0.2.3"}, {9, 2, {1, 2}, "192.0.2.2"}, {9, 2, {2}, "192.0.2.1"}};
  for (const auto& row : rows) {
    http_client_table table{row.total, row.per_origin, [](uint64_t) {}};
    for (const char* text : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
      table.add({unique_fd{}, address(text), {}});
    for (auto& [id, client] : table.all())
      client.origin = id < 2 ? "here" : "there";
    for (const size_t id : row.idle)
      table.find(id)->now = http_client::phase::idle;
    http_client fourth{unique_fd{}, address("192.0.2.4"), {}};
    fourth.origin = "here";
    table.add(std::move(fourth));
    EXPECT_EQ(table.all().size(), 3u);
    for (const auto& [id, client] : table.all())
      EXPECT_NE(client.peer.address, row.left_out);
  }
}

TEST(http_client_table, takes_a_mapped_address_for_the_ipv4_address) {
  EXPECT_THAT(left(9, 1, {"::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1"}),
              ElementsAre("192.0.2.2", "192.0.2.1"));
}

TEST(http_client_table, finds_clients_by_number_until_they_end) {
  http_client_table table{2, 2, [](uint64_t) {}};
  table.add({unique_fd{}, address("192.0.2.1"), {}});
  const auto id = table.all().begin()->first;
  EXPECT_EQ(table.find(id), &table.all().begin()->second);
  table.end(table.all().begin());
  EXPECT_EQ(table.find(id), nullptr);
}

TEST(http_client_table, reports_the_end_of_clients_that_the_engine_serves) {
  std::vector<uint64_t> ended;
  http_client_table table{1, 1, [&ended](uint64_t id) { ended.push_back(id); }};
  table.add({unique_fd{}, address("192.0.2.1"), {}});
  table.add({unique_fd{}, address("192.0.2.2"), {}});
  EXPECT_THAT(ended, ElementsAre());
  const auto id = table.all().begin()->first;
  table.find(id)->now = http_client::phase::served;
  table.add({unique_fd{}, address("192.0.2.3"), {}});
  EXPECT_THAT(ended, ElementsAre(id));
}

TEST(http_client_table, shares_the_places_of_unix_sockets_by_user) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const unique_fd other_end{pair[1]};
  const sockaddr unix_address{.sa_family = AF_UNIX, .sa_data = {}};
  const http_client client{unique_fd{pair[0]}, {&unix_address, sizeof unix_address}, {}};
  EXPECT_EQ(client.peer.uid, getuid());
  EXPECT_EQ(client.peer.address, "");
  EXPECT_EQ(client.origin, "uid " + std::to_string(getuid()));
}

} // namespace
} // namespace fedhub
