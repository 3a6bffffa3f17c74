#include "actors/hub/node_health.hpp"

#include <algorithm>

#include "actors/history/history_queue.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/routing_table.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// Returns the host as in `given_target::host`.
std::string host_of(const conf::host_address& address) {
  const auto* ip = std::get_if<ip_address>(&address.host);
  return ip != nullptr ? ip->str() : std::get<domain_name>(address.host).str();
}

void record_node(hub& hub, const std::string& name, bool up) {
  hub.history.record(
    {.kind = admin::event_kind::node, .domain = name, .detail = up ? "up" : "down"});
}

/// Sets the metric of each s2s node for whose row and access `holds` returns true.
template <class F>
void set_s2s_nodes(hub& hub, double up, F holds) {
  const auto settings = hub.current();
  for (const auto& node : settings->config.nodes)
    if (const auto* access = std::get_if<conf::s2s_access>(&node.access);
        access != nullptr && holds(node, *access))
      if (hub.metrics.node_up.set(node.name, up) != up)
        record_node(hub, node.name, up > 0);
}

} // namespace

void note_component_nodes(hub& hub) {
  const auto table = hub.table();
  for (const auto& node : table->nodes())
    if (node.protocol == conf::node_protocol::component) {
      const double up = node.live ? 1 : 0;
      const auto former = hub.metrics.node_up.set(node.name, up);
      // At the hub's start each component is down.
      if (former.value_or(0) != up)
        record_node(hub, node.name, node.live);
    }
}

void note_node_reached(hub& hub, const std::string& host, uint16_t port) {
  set_s2s_nodes(hub, 1, [&](const auto&, const auto& access) {
    return host_of(access.address) == host && access.address.port == port;
  });
}

void note_nodes_missed(hub& x, const domain_name& domain) {
  set_s2s_nodes(x, 0, [&](const auto& node, const auto&) { return node.serves(domain); });
}

void note_node_spoke(hub& hub, const socket_address& peer, const domain_name& domain) {
  const auto ip = peer.address();
  if (!ip)
    return;
  set_s2s_nodes(hub, 1, [&](const auto& node, const auto& access) {
    return node.serves(domain)
           && std::ranges::any_of(access.trusted_from,
                                  [&](const auto& network) { return network.contains(*ip); });
  });
}

} // namespace fedhub
