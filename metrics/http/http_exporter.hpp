// The HTTP server for metrics and health.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace fedhub {

class hub_metrics;
class http_listener;
class http_server;

/// Returns why the hub cannot serve now, as text for people; empty if it can. Must not wait.
using readiness_probe = std::function<std::string()>;
/// Returns what is wrong with the hub, as text for people; empty if nothing is. Must not wait.
using health_probe = std::function<std::string()>;

/// Answers GET and HEAD on one address:
///
/// | path | response |
/// | --- | --- |
/// | `/metrics` | the metrics in Prometheus's text format 0.0.4; gzip if the client accepts it |
/// | `/healthz` | 200, or 503 with the probe's reason |
/// | `/readyz` | 200, or 503 with the probe's reason |
///
/// All other requests are answered 404. The thread is that of `http_server`.
class http_exporter {
public:
  struct limits {
    size_t connections = 64;      ///< at once; one more ends the oldest.
    size_t request_octets = 8192; ///< of a request's head; a longer one is answered 431.
    std::chrono::milliseconds lifetime{5000}; ///< of a connection, accepted to closed.
  };

  /// Binds, listens and begins to serve.
  /// @param address an IPv4 or IPv6 literal without brackets; "::" accepts IPv4 too.
  /// @param port 0: any free port.
  /// @param metrics outlives the exporter.
  /// @param not_ready, ailing are called in the exporter's thread. If `ailing` is empty, the hub
  /// always counts as healthy.
  /// @returns the exporter, or the failed call with the system's reason, e.g. "bind 127.0.0.1:9527:
  /// Address already in use".
  static tl::expected<std::unique_ptr<http_exporter>, std::string>
  start(const std::string& address, uint16_t port, const hub_metrics& metrics,
        readiness_probe not_ready, limits bounds, health_probe ailing = {});
  static tl::expected<std::unique_ptr<http_exporter>, std::string>
  start(const std::string& address, uint16_t port, const hub_metrics& metrics,
        readiness_probe not_ready, health_probe ailing = {}) {
    return start(address, port, metrics, std::move(not_ready), limits{}, std::move(ailing));
  }

  /// Begins to serve on a socket that is bound. @param metrics outlives the exporter.
  /// @returns the exporter, or what failed.
  static tl::expected<std::unique_ptr<http_exporter>, std::string>
  start(http_listener listener, const hub_metrics& metrics, readiness_probe not_ready,
        limits bounds, health_probe ailing = {});

  ~http_exporter(); ///< stops.

  /// Returns the bound port; never 0.
  uint16_t port() const { return port_; }

  /// Closes all connections and joins the thread. Idempotent. Must not be called by a probe.
  void stop();

private:
  http_exporter(std::unique_ptr<http_server> server, uint16_t port);

  std::unique_ptr<http_server> server_;
  uint16_t port_;
};

} // namespace fedhub
