#include "actors/access/request_origin.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

const presented_names certificate{
  .names = {{name_type::dns_name, "hub.example"}, {name_type::dns_name, "*.hubs.example"}}};

struct origin_case {
  api_door door;
  const char* address; ///< of the listener.
  const char* host;
  const char* origin; ///< empty: none.
  bool good;
};

std::string fault(const origin_case& tried) {
  http_fields headers{{"host", tried.host}};
  if (*tried.origin != 0)
    headers.emplace_back("origin", tried.origin);
  const served_names names{
    *ip_address::parse(tried.address), {"extra.example", "192.0.2.9"}, &certificate};
  return fault_of_origin(headers, tried.door, names);
}

TEST(RequestOrigin, is_one_of_the_hubs_names) {
  constexpr auto loopback = api_door::loopback;
  constexpr auto tls = api_door::tls;
  const origin_case cases[] = {
    {loopback, "127.0.0.1", "127.0.0.1:9528", "", true},
    {loopback, "127.0.0.1", "localhost", "", true},
    {loopback, "127.0.0.1", "[::1]:80", "", true},
    {loopback, "127.0.0.1", "192.0.2.1", "", false},
    {loopback, "127.0.0.1", "localhost.evil.example", "", false},
    {loopback, "127.0.0.1", "extra.example:9528", "", true},
    {loopback, "127.0.0.1", "localhost:9528", "http://localhost:9528", true},
    {loopback, "127.0.0.1", "localhost:9528", "http://LOCALHOST:9528", true},
    {loopback, "127.0.0.1", "localhost:9528", "http://localhost:9529", false},
    {loopback, "127.0.0.1", "localhost:9528", "https://localhost:9528", false},
    {loopback, "127.0.0.1", "localhost:9528", "null", false},
    {loopback, "127.0.0.1", "localhost:9528", "http://evil.example", false},
    {tls, "192.0.2.1", "192.0.2.1:9528", "", true},
    {tls, "192.0.2.1", "192.0.2.2", "", false},
    {tls, "192.0.2.1", "192.0.2.9", "", true},
    {tls, "192.0.2.1", "localhost", "", false},
    {tls, "192.0.2.1", "hub.example", "", true},
    {tls, "192.0.2.1", "HUB.example:9528", "https://hub.example:9528", true},
    {tls, "192.0.2.1", "hub.example", "http://hub.example", false},
    {tls, "192.0.2.1", "one.hubs.example", "", true},
    {tls, "192.0.2.1", "a.one.hubs.example", "", false},
    {tls, "192.0.2.1", "evil.example", "", false},
    {tls, "::", "198.51.100.7", "", true},
    {tls, "::", "[2001:db8::1]:9528", "", true},
    {tls, "::", "localhost", "", true},
    {tls, "::", "evil.example", "", false},
    {tls, "192.0.2.1", "", "", false},
    {tls, "192.0.2.1", "hub.example@evil.example", "", false},
    {tls, "192.0.2.1", ":9528", "", false},
  };
  for (const auto& tried : cases)
    EXPECT_EQ(fault(tried).empty(), tried.good)
      << tried.address << ' ' << tried.host << ' ' << tried.origin;
}

TEST(RequestOrigin, needs_one_host_and_at_most_one_origin) {
  const served_names names{*ip_address::parse("127.0.0.1"), {}, nullptr};
  const std::pair<std::string, std::string> host{"Host", "localhost"};
  const std::pair<std::string, std::string> origin{"Origin", "http://localhost"};
  EXPECT_EQ(fault_of_origin({host, origin}, api_door::loopback, names), "");
  EXPECT_NE(fault_of_origin({}, api_door::loopback, names), "");
  EXPECT_NE(fault_of_origin({host, host}, api_door::loopback, names), "");
  EXPECT_NE(fault_of_origin({host, origin, origin}, api_door::loopback, names), "");
}

} // namespace
} // namespace fedhub
