// The HTTP listener of metrics and health.
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
class http_server;

/// Why the hub can't serve now, for people; empty if it can. Must not wait.
using readiness_probe = std::function<std::string()>;
/// What is wrong with the hub, for people; empty if nothing is. Must not wait.
using health_probe = std::function<std::string()>;

/// Answers GET and HEAD on one address for
///
/// - `/metrics`: the metrics in Prometheus's text format 0.0.4, compressed if the client takes
/// that;
/// - `/healthz`: 200, or 503 with the probe's reason;
/// - `/readyz`: 200, or 503 with the probe's reason.
///
/// Anything else is answered 404. The thread is the `http_server`'s.
class http_exporter {
public:
  struct limits {
    size_t connections = 64;                  ///< at once; one more makes the oldest go.
    size_t request_octets = 8192;             ///< of a request's head; longer ones get a 431.
    std::chrono::milliseconds lifetime{5000}; ///< of a connection, accepted to closed.
  };

  /// Binds, listens and begins to serve.
  /// @param address an IPv4 or IPv6 literal without brackets; "::" takes IPv4 too.
  /// @param port    0: any free one.
  /// @param metrics outlives the exporter.
  /// @param not_ready, ailing are called from the exporter's thread; `ailing` may be empty: nothing
  /// is ever wrong.
  /// @returns the exporter, or what failed with the system's reason, e.g. "bind 127.0.0.1:9527:
  /// Address already in use".
  static tl::expected<std::unique_ptr<http_exporter>, std::string>
  start(const std::string& address, uint16_t port, const hub_metrics& metrics,
        readiness_probe not_ready, limits bounds, health_probe ailing = {});
  static tl::expected<std::unique_ptr<http_exporter>, std::string>
  start(const std::string& address, uint16_t port, const hub_metrics& metrics,
        readiness_probe not_ready, health_probe ailing = {}) {
    return start(address, port, metrics, std::move(not_ready), limits{}, std::move(ailing));
  }

  ~http_exporter(); ///< stops.

  /// The port that is listened on; never 0.
  uint16_t port() const { return port_; }

  /// Closes all connections and joins the thread. Idempotent; not from the probe.
  void stop();

private:
  http_exporter(std::unique_ptr<http_server> server, uint16_t port);

  std::unique_ptr<http_server> server_;
  uint16_t port_;
};

} // namespace fedhub
