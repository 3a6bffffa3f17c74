// The supervisor: the actors of nodes, and the routing table that lists them.
#include "actors/process/supervisor_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/history/history_queue.hpp"
#include "actors/hub/node_health.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/routing/spawn_node.hpp"
#include "actors/rules/routing_table.hpp"

namespace fedhub {

void supervisor_state::apply_nodes(const conf::config& config) {
  std::map<std::string, known_node> next;
  for (auto& node : config.nodes) {
    auto* access = std::get_if<conf::component_access>(&node.access);
    auto known = nodes.find(node.name);
    bool same = known != nodes.end() && access != nullptr && known->second.actor
                && secrets[node.name] == access->handshake_secret;
    if (same)
      next.emplace(node.name, std::exchange(known->second, {}));
    else if (access != nullptr)
      next.emplace(node.name, known_node{start_node(node.name), false});
    else
      next.emplace(node.name, known_node{});
    if (access != nullptr)
      secrets[node.name] = access->handshake_secret;
  }
  for (auto& [name, node] : nodes)
    if (node.actor)
      self->send(node.actor, close_atom_v,
                 std::make_shared<const link_end>(link_end{.error = stream_error::policy_violation,
                                                           .why = failure::node_rejected,
                                                           .detail = name,
                                                           .by_reload = taken_back::all}));
  nodes = std::move(next);
}

node_actor supervisor_state::start_node(const std::string& node) {
  auto actor =
    spawn_node(self->home_system(), hub, node, node_observer_actor{supervisor_actor{self}});
  self->link_to(actor); // the supervisor's end also ends the node's actor
  return actor;
}

routing_table_ptr supervisor_state::make_table(const conf::config& config) const {
  std::vector<node_route> routes;
  for (auto& node : config.nodes) {
    auto& known = nodes.at(node.name);
    node_route route;
    route.name = node.name;
    route.protocol = node.protocol();
    if (known.actor) {
      route.sink = node_sink_actor{known.actor};
      route.owner = link_owner_actor{known.actor};
    }
    route.live = known.live;
    route.awaited = known.awaited && !known.live;
    routes.push_back(std::move(route));
  }
  return std::make_shared<const routing_table>(config, std::move(routes));
}

void supervisor_state::publish() {
  auto table = make_table(hub->current()->config);
  hub->replace(table);
  note_component_nodes(*hub);
  for (auto& router : hub->routers)
    self->send(router, table_atom_v, table);
}

void supervisor_state::on_node(const std::string& name, bool live, bool awaited) {
  auto known = nodes.find(name);
  if (known == nodes.end())
    return;
  auto& node = known->second;
  const bool changed = node.live != live;
  if (!live && node.awaited && !awaited)
    hub->history.record({.kind = admin::event_kind::node,
                         .domain = name,
                         .detail = "away: stanzas for it are answered at once"});
  const bool moves = node.awaited != awaited && shares(name);
  node.live = live;
  node.awaited = awaited;
  if (changed || moves)
    publish();
}

bool supervisor_state::shares(const std::string& name) const {
  auto table = hub->table();
  auto route = std::ranges::find(table->nodes(), name, &node_route::name);
  return route != table->nodes().end() && route->shares;
}

void supervisor_state::on_exit(const caf::exit_msg& message) {
  if (message.reason == caf::exit_reason::user_shutdown)
    return self->quit(message.reason);
  for (auto& [name, node] : nodes)
    if (node.actor && node.actor.address() == message.source) {
      hub_log("internal errors")
        .error("internal error: the actor of node {} ended: {}; the hub started a new one",
               fact::node(name), fact::reason(self->home_system().render(message.reason)));
      node = known_node{start_node(name), false};
      return publish();
    }
}

} // namespace fedhub
