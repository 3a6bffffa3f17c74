// The HTTP listener of metrics and health.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <tl/expected.hpp>

#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// Serves `http_responder` on one address, with one thread that never waits for a single client:
/// one that is silent, or sends or reads too slowly, costs a place in a table and no scrape any
/// time.
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
  /// @param not_ready, ailing are called from the exporter's thread.
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
  class service;
  http_exporter(std::unique_ptr<service> x, uint16_t port);

  std::unique_ptr<service> service_;
  uint16_t port_;
  std::thread thread_;
};

} // namespace fedhub
