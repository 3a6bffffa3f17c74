// Searches for more askers than the resolver has room for.
#include <vector>

#include <gmock/gmock.h>

#include "actors/dns/resolver.hpp"
#include "tests/unit/actors/dns/resolver_scene.hpp"

namespace fedhub::test {
namespace {

using ResolverTest = resolver_scene;

dns_asker stranger_at(int i) {
  auto ip = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
  return {dns_party::stranger, address_group{*socket_address::parse(ip, 1)}};
}

TEST_F(ResolverTest, refuses_strangers_at_once_who_have_their_share_and_finds_servers_for_nodes) {
  options.searches = 64;
  server.script(a("partner.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  std::vector<decltype(ask(""))> asked;
  for (int i = 0; i < 40; ++i) {
    auto name = std::to_string(i) + ".mute.example";
    server.script(srv_of(name), dns_script{.ignored = dns_server::for_ever});
    if (i < 16)
      asked.push_back(ask(name, service_kinds::starttls, stranger_at(1)));
    else
      EXPECT_EQ(receive(ask(name, service_kinds::starttls, stranger_at(1)))->why,
                failure::memory_full)
        << i;
  }
  server.script(srv_of("other.mute.example"), dns_script{.ignored = dns_server::for_ever});
  asked.push_back(ask("other.mute.example", service_kinds::starttls, stranger_at(2)));
  EXPECT_EQ(resolve("partner.example")->why, failure::none);
  elapse(10s);
  for (auto& x : asked)
    EXPECT_EQ(receive(x)->why, failure::dns_timeout);
  // All room is free again.
  server.script(a("again.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  EXPECT_EQ(receive(ask("again.example", service_kinds::starttls, stranger_at(1)))->why,
            failure::none);
}

TEST_F(ResolverTest, has_searches_of_nodes_wait_for_room_in_order) {
  options.searches = 16;
  std::vector<std::string> names;
  std::vector<decltype(ask(""))> asked;
  for (int i = 0; i < 40; ++i) {
    names.push_back(std::to_string(i) + ".example");
    server.script(
      srv_of(names.back()),
      dns_script{.answer = dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"), .held = true});
    asked.push_back(ask(names.back()));
  }
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  server.await(srv_of(names[15]));
  EXPECT_EQ(server.asked(srv_of(names[16])), 0);
  server.release();
  for (auto& x : asked)
    EXPECT_EQ(receive(x)->why, failure::none);
}

TEST_F(ResolverTest, asks_for_a_node_before_all_that_strangers_have_asked) {
  server.script(srv_of("partner.example"), dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"));
  server.script(srv_of("other.example"), dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"));
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1"));
  options.searches = 16384;
  constexpr int mute = 4000; // more questions than strangers may have in flight
  for (int i = 0; i < mute; ++i) {
    auto name = std::to_string(i) + ".mute.example";
    server.script(srv_of(name), dns_script{.ignored = dns_server::for_ever});
    caf::anon_send(resolver(), resolve_atom_v, domain(name), service_kinds::starttls,
                   stranger_at(i));
  }
  auto too = ask("partner.example", service_kinds::starttls, stranger_at(mute));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(resolve("other.example")->why, failure::none);
  EXPECT_EQ(resolve("partner.example")->why, failure::none); // the question of a stranger too
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(receive(too)->why, failure::none);
  EXPECT_EQ(server.asked(srv_of("partner.example")), 1);
}

} // namespace
} // namespace fedhub::test
