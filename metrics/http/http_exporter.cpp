#include "metrics/http/http_exporter.hpp"

#include <utility>

#include <prometheus/text_serializer.h>

#include "metrics/http/http_listener.hpp"
#include "metrics/http/http_message.hpp"
#include "metrics/http/http_server.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

constexpr const char* exposition_text = "text/plain; version=0.0.4; charset=utf-8";

/// Answers a probe. @param trouble the reason for 503; empty for 200.
http_response judgement(const std::string& trouble, const char* yes) {
  return trouble.empty() ? plain_text(200, yes) : plain_text(503, trouble + '\n');
}

http_response exposition(const hub_metrics& metrics) {
  return {200,
          prometheus::TextSerializer{}.Serialize(metrics.collect()),
          {{"Content-Type", exposition_text}},
          true};
}

http_response not_here() {
  return plain_text(404, "not found; the paths are GET /metrics, GET /healthz and GET /readyz\n");
}

} // namespace

tl::expected<std::unique_ptr<http_exporter>, std::string>
http_exporter::start(const std::string& address, uint16_t port, const hub_metrics& metrics,
                     readiness_probe not_ready, limits bounds, health_probe ailing) {
  auto listener = http_listener::tcp(address, port);
  if (!listener)
    return tl::unexpected(std::move(listener.error()));
  return start(std::move(*listener), metrics, std::move(not_ready), bounds, std::move(ailing));
}

tl::expected<std::unique_ptr<http_exporter>, std::string>
http_exporter::start(http_listener listener, const hub_metrics& metrics, readiness_probe not_ready,
                     limits bounds, health_probe ailing) {
  const uint16_t bound = listener.port();
  std::vector<http_listener> listeners;
  listeners.push_back(std::move(listener));
  auto handler = [&metrics, not_ready = std::move(not_ready),
                  ailing = std::move(ailing)](const http_request& request) {
    if (request.method != "GET" && request.method != "HEAD")
      return not_here();
    if (request.path == "/metrics")
      return exposition(metrics);
    if (request.path == "/healthz")
      return judgement(ailing ? ailing() : std::string{}, "ok\n");
    if (request.path == "/readyz")
      return judgement(not_ready(), "ready\n");
    return not_here();
  };
  auto server = http_server::start(std::move(listeners), std::move(handler),
                                   {.connections = bounds.connections,
                                    .connections_per_origin = bounds.connections,
                                    .head_octets = bounds.request_octets,
                                    .body_octets = 0,
                                    .lifetime = bounds.lifetime});
  if (!server)
    return tl::unexpected(std::move(server.error()));
  return std::unique_ptr<http_exporter>{new http_exporter{std::move(*server), bound}};
}

http_exporter::http_exporter(std::unique_ptr<http_server> server, uint16_t port)
  : server_{std::move(server)}, port_{port} {}

http_exporter::~http_exporter() = default;

void http_exporter::stop() { server_->stop(); }

} // namespace fedhub
