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
  /// Starts the server.
  /// @param nodes_ports the ports of the bound `listen.nodes`, in the configuration's order.
  /// @param metrics outlives the server.
  dns_view_server(std::vector<dns_view_sockets> sockets, std::vector<uint16_t> nodes_ports,
                  const conf::config& config, const hub_metrics& metrics);
  ~dns_view_server(); ///< stops the thread and joins it.
  dns_view_server(const dns_view_server&) = delete;
  dns_view_server& operator=(const dns_view_server&) = delete;

  /// Applies another configuration, except its `listen`. Any thread may call it; it does not wait.
  void apply(std::shared_ptr<const conf::config> config);

private:
  class service;
  std::unique_ptr<service> service_;
};

} // namespace fedhub
