#include "actors/interfaces/shared_hosts.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using test::domain;
using testing::IsNull;
using testing::Pointee;

const std::string here = "192.0.2.7:5269", there = "192.0.2.8:5269";

class SharedHosts : public testing::Test {
protected:
  const domain_name a = domain("a.example"), b = domain("b.example"), c = domain("c.example");
  shared_hosts hosts;
};

TEST_F(SharedHosts, keys_differ_by_address_port_and_conditions) {
  auto at = [](const char* ip, uint16_t port) { return *socket_address::parse(ip, port); };
  const auto key = host_key(at("192.0.2.7", 5269), false, stream_security::tls_required);
  EXPECT_EQ(key, host_key(at("192.0.2.7", 5269), false, stream_security::tls_required));
  EXPECT_NE(key, host_key(at("192.0.2.8", 5269), false, stream_security::tls_required));
  EXPECT_NE(key, host_key(at("192.0.2.7", 5270), false, stream_security::tls_required));
  EXPECT_NE(key, host_key(at("192.0.2.7", 5269), true, stream_security::tls_required));
  EXPECT_NE(key, host_key(at("192.0.2.7", 5269), false, stream_security::tls_optional));
}

TEST_F(SharedHosts, know_which_domain_has_a_stream_to_a_server_and_tell_it_to_others) {
  EXPECT_THAT(hosts.speaker(here, a), IsNull());
  EXPECT_EQ(hosts.take(here, a), host_use::own);
  EXPECT_THAT(hosts.speaker(here, b), Pointee(a));
  EXPECT_THAT(hosts.speaker(here, a), IsNull()) << "nobody asks over a stream of his own";
  EXPECT_THAT(hosts.speaker(there, b), IsNull());
  hosts.leave(here, a, false);
  EXPECT_THAT(hosts.speaker(here, b), IsNull());
}

TEST_F(SharedHosts, tell_the_second_domain_of_a_server_that_it_has_others) {
  hosts.take(here, a);
  hosts.leave(here, a, false);
  EXPECT_EQ(hosts.take(here, a), host_use::own);
  hosts.leave(here, a, false);
  EXPECT_EQ(hosts.take(here, b), host_use::lasting);
  EXPECT_EQ(hosts.take(there, c), host_use::own);
}

TEST_F(SharedHosts, replace_a_speaker_that_the_caller_found_to_be_gone) {
  hosts.take(here, a);
  EXPECT_EQ(hosts.take(here, b), host_use::lasting);
  hosts.leave(here, a, false); // late
  EXPECT_THAT(hosts.speaker(here, c), Pointee(b));
}

TEST_F(SharedHosts, take_an_offer_where_nobody_speaks) {
  hosts.offer(here, a);
  hosts.offer(here, b);
  EXPECT_THAT(hosts.speaker(here, c), Pointee(a));
  hosts.leave(here, a, false);
  hosts.offer(here, b);
  EXPECT_THAT(hosts.speaker(here, c), Pointee(b));
}

TEST_F(SharedHosts, send_nobody_to_a_server_that_refuses_until_one_is_offered) {
  hosts.take(here, a);
  hosts.leave(here, a, true);
  EXPECT_EQ(hosts.take(here, b), host_use::alone);
  EXPECT_THAT(hosts.speaker(here, c), IsNull());
  hosts.offer(here, a);
  EXPECT_THAT(hosts.speaker(here, c), Pointee(a));
}

TEST_F(SharedHosts, forget_servers_without_a_stream_when_they_are_many) {
  hosts.take(here, a);
  auto come_and_go = [&](size_t number) {
    const auto host = std::to_string(number);
    hosts.take(host, b);
    hosts.leave(host, b, false);
  };
  for (size_t i = 0; i < 3 * shared_hosts::max_remembered; ++i) {
    come_and_go(i);
    ASSERT_LE(hosts.size(), shared_hosts::max_remembered + 1);
  }
  EXPECT_THAT(hosts.speaker(here, b), Pointee(a));
  hosts.take(there, a);
  hosts.leave(there, a, false);
  for (size_t i = 0; i < 2 * shared_hosts::max_remembered; ++i)
    come_and_go(1); // one server that comes and goes repeatedly counts once
  EXPECT_EQ(hosts.take(there, b), host_use::lasting) << "it was forgotten";
}

} // namespace
} // namespace fedhub
