// The nodes' DNS view as a server: `listen.dns`.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/dns/dns_view_sockets.hpp"
#include "conf/schema/schema.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

/// Answers by `dns_view`, and forwards what is not the view's. One thread of its own does all of
/// it and waits for nothing but its sockets: neither does a flood of questions hold up an actor,
/// nor an actor the answers.
///
/// Bounds: `dns_view_limiter` for each address, `dns_view_clients` for TCP, `dns_forwarder` for
/// what is under way.
class dns_view_server {
public:
  /// Begins to serve.
  /// @param nodes_ports of the bound `listen.nodes`, in the configuration's order.
  /// @param metrics outlives the server.
  dns_view_server(std::vector<dns_view_sockets> sockets, std::vector<uint16_t> nodes_ports,
                  const conf::config& config, const hub_metrics& metrics);
  ~dns_view_server(); ///< stops and joins.
  dns_view_server(const dns_view_server&) = delete;
  dns_view_server& operator=(const dns_view_server&) = delete;

  /// Goes by another configuration from now on, its `listen` apart. Any thread; does not wait.
  void apply(std::shared_ptr<const conf::config> config);

private:
  class service;
  std::unique_ptr<service> service_;
};

} // namespace fedhub
