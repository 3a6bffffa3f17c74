#include "metrics/http/http_relay_line.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fedhub {
namespace {

TEST(HttpRelayLine, names_the_address_that_a_relay_stands_for) {
  const std::string line = "PROXY TCP4 192.0.2.1 127.0.0.1 4711 80\r\n";
  const auto read = relay_line::parse(line + "GET / HTTP/1.1\r\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source.str(), "192.0.2.1");
  EXPECT_EQ(read->octets, line.size());
  EXPECT_TRUE(relay_line::parse("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"));
}

TEST(HttpRelayLine, is_refused_if_anything_is_wrong) {
  for (const auto* bad :
       {"PROXY TCP4 192.0.2.1 127.0.0.1 4711 80", "PROXY TCP4 192.0.2.1 127.0.0.1 4711\r\n",
        "PROXY TCP4 192.0.2.1 127.0.0.1 4711 80 \r\n", "PROXY UNKNOWN\r\n",
        "PROXY TCP4 host 127.0.0.1 4711 80\r\n", "PROXY TCP4 192.0.2.1 127.0.0.1 4711 65536\r\n",
        "PROXY TCP5 192.0.2.1 127.0.0.1 4711 80\r\n", "PROXY \r\n", ""})
    EXPECT_FALSE(relay_line::parse(bad)) << bad;
  const std::string without_end(200, ' ');
  EXPECT_FALSE(relay_line::parse("PROXY " + without_end + "\r\n"));
}

} // namespace
} // namespace fedhub
