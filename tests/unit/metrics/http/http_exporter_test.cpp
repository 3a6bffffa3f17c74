#include "metrics/http/http_exporter.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "metrics/hub_metrics.hpp"
#include "tests/unit/metrics/http/client.hpp"

namespace fedhub {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

const std::string get_health = "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n";
const std::string get_metrics = "GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n";

struct exporter_test : testing::Test {
  hub_metrics metrics{"hub-1"};

  auto start(http_exporter::limits bounds = {}, uint16_t port = 0) {
    return http_exporter::start(
      "127.0.0.1", port, metrics, [] { return std::string{}; }, bounds);
  }
};

TEST_F(exporter_test, serves_on_a_free_port) {
  const auto exporter = start();
  ASSERT_TRUE(exporter) << exporter.error();
  EXPECT_NE((*exporter)->port(), 0);
  const std::string response = client{(*exporter)->port()}.says(get_metrics).hears();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(response, HasSubstr("\nfedhub_build_info{hub=\"hub-1\""));
}

TEST_F(exporter_test, serves_ipv4_clients_on_the_ipv6_wildcard) {
  const auto exporter = http_exporter::start("::", 0, metrics, [] { return std::string{}; });
  ASSERT_TRUE(exporter) << exporter.error();
  EXPECT_THAT(client{(*exporter)->port()}.says(get_health).hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(exporter_test, says_why_it_cannot_listen) {
  const auto first = start();
  ASSERT_TRUE(first);
  const auto second = start({}, (*first)->port());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(),
            "bind 127.0.0.1:" + std::to_string((*first)->port()) + ": Address already in use");
  const auto nowhere = http_exporter::start("hub.example", 0, metrics, {});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error(), "not an IP address: hub.example");
  const auto foreign = http_exporter::start("2001:db8::1", 9, metrics, {});
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error(), StartsWith("bind [2001:db8::1]:9: "));
}

TEST_F(exporter_test, puts_a_request_together_octet_by_octet) {
  const auto exporter = start();
  client slow{(*exporter)->port()};
  for (const char x : get_health)
    slow.says(std::string{x});
  EXPECT_THAT(slow.hears(), HasSubstr("\r\n\r\nok\n"));
}

TEST_F(exporter_test, answers_at_once_beside_clients_that_are_silent_or_stop_half_way) {
  const auto exporter = start({.connections = 64, .lifetime = 60s});
  std::vector<client> silent;
  for (int i = 0; i < 40; ++i) {
    silent.emplace_back((*exporter)->port());
    if (i % 2 == 1)
      silent.back().says("GET /metrics HTTP/1.1\r\nHost: ");
  }
  const auto begin = steady_clock::now();
  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(client{(*exporter)->port()}.says(get_metrics).hears(), StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(steady_clock::now() - begin, 10s) << "scrapes waited for silent clients";
}

TEST_F(exporter_test, ends_a_connection_that_lives_too_long_although_octets_trickle) {
  const auto exporter = start({.lifetime = 300ms});
  client silent{(*exporter)->port()};
  client trickling{(*exporter)->port()};
  const auto begin = steady_clock::now();
  trickling.says("GET /metrics HTTP/1.1\r\n");
  EXPECT_EQ(trickling.hears(), "");
  EXPECT_EQ(silent.hears(), "");
  EXPECT_LT(steady_clock::now() - begin, 10s);
}

TEST_F(exporter_test, lets_the_oldest_go_when_its_table_is_full) {
  const auto exporter = start({.connections = 3, .lifetime = 60s});
  std::vector<client> silent;
  for (int i = 0; i < 3; ++i)
    silent.emplace_back((*exporter)->port());
  EXPECT_THAT(client{(*exporter)->port()}.says(get_health).hears(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(silent[0].hears(), "");
  silent[1].says(get_health);
  EXPECT_THAT(silent[1].hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(exporter_test, refuses_a_request_head_without_end) {
  const auto exporter = start({.request_octets = 1000, .lifetime = 60s});
  client endless{(*exporter)->port()};
  endless.says("GET /metrics HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  EXPECT_THAT(endless.hears(10s).substr(0, 13), "HTTP/1.1 431 ");
}

TEST_F(exporter_test, serves_on_after_clients_that_vanish) {
  const auto exporter = start();
  for (int i = 0; i < 100; ++i) {
    client gone{(*exporter)->port()};
    if (i % 2 == 0)
      gone.says(get_metrics);
  }
  EXPECT_THAT(client{(*exporter)->port()}.says(get_health).hears(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(exporter_test, closes_everything_when_it_stops) {
  auto exporter = start({.lifetime = 60s});
  client silent{(*exporter)->port()};
  const uint16_t port = (*exporter)->port();
  (*exporter)->stop();
  (*exporter)->stop();
  exporter->reset();
  EXPECT_EQ(silent.hears(), "");
  EXPECT_FALSE(client{port}.connected());
}

} // namespace
} // namespace fedhub
