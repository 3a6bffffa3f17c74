// Which nodes are there: `fedhub_node_up`.
#pragma once

#include <string>

#include "actors/hub/hub.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Sets what is known of component nodes, by their links. Called by the supervisor whenever the
/// configuration or a link changes.
void note_component_nodes(hub& x);
/// An s2s node has taken a stream of the hub's. @param host, port as the configuration names them.
void note_node_reached(hub& x, const std::string& host, uint16_t port);
/// An attempt to reach the s2s nodes of a domain has failed.
void note_nodes_missed(hub& x, const domain_name& domain);
/// A stream from this address has spoken for the domain of an s2s node.
void note_node_spoke(hub& x, const socket_address& peer, const domain_name& domain);

} // namespace fedhub
