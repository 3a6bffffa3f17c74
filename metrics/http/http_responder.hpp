// What the hub says over HTTP, without a socket: request in, response out.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace fedhub {

class hub_metrics;

/// Why the hub can't serve now, for people; empty if it can. Must not wait.
using readiness_probe = std::function<std::string()>;
/// What is wrong with the hub, for people; empty if nothing is. Must not wait.
using health_probe = std::function<std::string()>;

/// Answers GET and HEAD for
///
/// - `/metrics`: the metrics in Prometheus's text format 0.0.4, compressed if the client takes
/// that;
/// - `/healthz`: 200, or 503 with the probe's reason;
/// - `/readyz`: 200, or 503 with the probe's reason.
///
/// Every response ends its connection.
class http_responder {
public:
  /// @param metrics outlives the responder.
  /// @param ailing may be empty: nothing is ever wrong.
  http_responder(const hub_metrics& metrics, readiness_probe not_ready, health_probe ailing = {});
  http_responder(http_responder&&) noexcept;
  ~http_responder();

  /// @param request a request's head, up to its empty line; bodies are not read.
  /// @returns the complete response; a request that isn't HTTP gets a 400.
  std::string respond(const std::string& request);

private:
  class server;
  std::unique_ptr<server> server_;
};

} // namespace fedhub
