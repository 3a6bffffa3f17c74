// The server of the nodes' DNS view (`listen.dns`).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/dns/dns_view_sockets.hpp"
#include "conf/schema/schema.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

/// Answers questions as `dns_view` decides, and forwards all others. One thread does all of it, and
/// waits for its sockets only. So a flood of questions does not hold up an actor, and an actor does
/// not hold up answers.
///
/// `dns_view_limiter` bounds each address, `dns_view_clients` bounds TCP, and `dns_forwarder`
/// bounds the questions under way.
class dns_view_server {
public:
  /// What changes in `listen.dns` and `listen.nodes`.
  struct listeners {
    struct opened {
      uint64_t id = 0; ///< names it from then on.
      dns_view_sockets sockets;
    };
    struct closed {
      uint64_t id = 0;
      bool given_back = false; ///< see `dns_view_doors::close`.
    };

    std::vector<opened> to_open;
    std::vector<closed> to_close;
    std::vector<uint16_t> nodes_ports; ///< of the bound `listen.nodes`, in the file's order.
  };
  /// Starts the server, without sockets. @param metrics outlives the server.
  explicit dns_view_server(const hub_metrics& metrics);
  ~dns_view_server(); ///< stops the thread and joins it.
  dns_view_server(const dns_view_server&) = delete;
  dns_view_server& operator=(const dns_view_server&) = delete;

  /// Applies a configuration. Any thread may call it; it does not wait.
  void apply(std::shared_ptr<const conf::config> config, listeners changed);

private:
  class service;
  std::unique_ptr<service> service_;
};

} // namespace fedhub
