#include "metrics/http/http_exporter.hpp"

#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "metrics/hub_metrics.hpp"
#include "tests/unit/metrics/http/client.hpp"

namespace fedhub {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct responder : testing::Test {
  hub_metrics metrics{"hub-1"};
  std::string reason = "listeners are not bound yet";
  std::string fault;
  std::unique_ptr<http_exporter> exporter;

  void SetUp() override {
    auto started = http_exporter::start(
      "127.0.0.1", 0, metrics, [this] { return reason; }, [this] { return fault; });
    ASSERT_TRUE(started) << started.error();
    exporter = std::move(*started);
  }
  std::string respond(const std::string& request) {
    return client{exporter->port()}.says(request).hears();
  }
  std::string ask(const std::string& line, const std::string& fields = "") {
    return respond(line + " HTTP/1.1\r\nHost: hub\r\n" + fields + "\r\n");
  }
  static std::string body(const std::string& response) {
    const size_t end = response.find("\r\n\r\n");
    return end == response.npos ? "" : response.substr(end + 4);
  }
};

TEST_F(responder, shows_the_metrics_in_text_format) {
  metrics.stanzas_delivered.at(stanza_direction::from_node).Increment(42);
  const std::string response = ask("GET /metrics");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(response,
              HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(response,
              HasSubstr("\nfedhub_stanzas_delivered_total{direction=\"from-node\"} 42\n"));
  EXPECT_THAT(response, HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(responder, compresses_for_a_client_that_asks) {
  const std::string plain = ask("GET /metrics");
  const std::string small = ask("GET /metrics", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(small, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(body(small), StartsWith("\x1f\x8b"));
  EXPECT_LT(small.size() * 3, plain.size());
}

TEST_F(responder, is_alive_before_it_is_ready) {
  EXPECT_THAT(ask("GET /healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(body(ask("GET /healthz")), "ok\n");
  EXPECT_THAT(ask("GET /readyz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(body(ask("GET /readyz")), "listeners are not bound yet\n");
  reason.clear();
  EXPECT_THAT(ask("GET /readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(body(ask("GET /readyz")), "ready\n");
}

TEST_F(responder, tells_what_is_wrong) {
  fault = "worker 1 has not finished its job for 6 s";
  EXPECT_THAT(ask("GET /healthz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(body(ask("GET /healthz")), fault + "\n");
  fault.clear();
  EXPECT_THAT(ask("GET /healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(responder, answers_head_without_a_body) {
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    reason.clear();
    const std::string response = ask(std::string{"HEAD "} + path);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 ")) << path;
    EXPECT_EQ(body(response), "") << path;
  }
}

TEST_F(responder, names_its_paths_in_the_answer_to_an_unknown_path) {
  for (const char* line :
       {"GET /", "GET /metrics/x", "GET /metricsx", "POST /metrics", "DELETE /healthz"}) {
    const std::string response = ask(line);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 404 ")) << line;
    EXPECT_THAT(body(response), HasSubstr("/metrics")) << line;
    EXPECT_THAT(body(response), HasSubstr("/readyz")) << line;
  }
}

TEST_F(responder, refuses_what_is_not_http) {
  for (const char* request : {"<stream:stream>\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n"})
    EXPECT_THAT(respond(request), StartsWith("HTTP/1.1 400 ")) << request;
}

TEST_F(responder, refuses_another_version_of_http) {
  EXPECT_THAT(respond("GET / HTTP/3.0\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
}

TEST_F(responder, reads_no_body) {
  const std::string response = ask("POST /metrics", "Content-Length: 1000000000000\r\n");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 4"));
}

} // namespace
} // namespace fedhub
