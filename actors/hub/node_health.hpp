// Which nodes can be reached: the metric `fedhub_node_up`, and the history's events of nodes.
#pragma once

#include <string>

#include "actors/hub/hub.hpp"
#include "metrics/sockets/socket.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

// Each function records the change of a node in the history.

/// Sets the metric of all component nodes, by their links. The supervisor calls it whenever the
/// configuration or a link changes.
void note_component_nodes(hub& hub);
/// Notes that an s2s node has accepted a stream of the hub's own. @param host, port as configured.
void note_node_reached(hub& hub, const std::string& host, uint16_t port);
/// Notes that an attempt to reach the s2s nodes of a domain has failed.
void note_nodes_missed(hub& hub, const domain_name& domain);
/// Notes that a stream from this address has spoken for the domain of an s2s node.
void note_node_spoke(hub& hub, const socket_address& peer, const domain_name& domain);

} // namespace fedhub
