// The routing table: the nodes that serve each local domain, and the remote domains that the hub
// federates with.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/dns/resolver.hpp"
#include "actors/interfaces/connection.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/errors/failure.hpp"
#include "protocol/text/domain_map.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// A node as the router sees it.
struct node_route {
  std::string name;
  conf::node_protocol protocol = conf::node_protocol::component;
  /// Of a component node. S2s nodes are reached by the domain actors of their domains.
  node_sink_actor sink;
  link_owner_actor owner; ///< the same actor, as the owner of its links.
  bool live = false;      ///< a component node has a link now.
  /// A component node has no link, and stanzas wait for it (`timeouts.node`).
  bool awaited = false;
  bool shares = false; ///< serves a domain together with another node.
  uint64_t seed = 0;   ///< of its name, for rendezvous hashing.
};

/// Maps domains to nodes and routes. Immutable: replaced when the configuration or a node's
/// liveness changes.
class routing_table {
public:
  /// @param nodes in the order of `config.nodes`.
  routing_table(const conf::config& config, std::vector<node_route> nodes);

  /// Returns the indices in `nodes()` of the nodes that serve the domain; the most specific pattern
  /// wins. Null if it is no local domain.
  const std::vector<uint32_t>* serving(const domain_name& domain) const;
  bool local(const domain_name& domain) const { return serving(domain) != nullptr; }
  /// Returns whether both are local domains of the same nodes.
  bool served_alike(const domain_name& a, const domain_name& b) const {
    const auto *one = serving(a), *other = serving(b);
    return one != nullptr && other != nullptr && *one == *other;
  }

  /// Returns the node for a bare JID, by rendezvous hashing: among the live `candidates`, else
  /// among the awaited ones, else among all.
  const node_route& choose(const std::vector<uint32_t>& candidates,
                           std::string_view bare_jid) const;

  /// Returns whether the hub federates with a remote domain: `none`, `federation_disabled` or
  /// `domain_denied`.
  failure admits(const domain_name& remote) const;

  /// Returns whether stanzas of this pair may pass the hub: `none`, the answer of `admits` for the
  /// remote domain of the two, or `node_unavailable` if both are remote.
  failure admits_pair(const domain_name& from, const domain_name& to) const;

  /// Returns the targets of a remote domain's static route; null if it has none in use.
  given_targets_ptr static_route(const domain_name& remote) const;

  /// Returns the addresses of the s2s nodes that serve a domain; null if none does. Several nodes
  /// stand in for each other.
  given_targets_ptr node_targets(const domain_name& domain) const;

  /// Returns where streams to a domain lead: nodes' addresses or a static route; null if DNS is
  /// asked.
  given_targets_ptr way_to(const domain_name& domain) const {
    return local(domain) ? node_targets(domain) : static_route(domain);
  }
  /// Returns whether the way to the domain is the same in this table and in `other`.
  bool leads_alike(const routing_table& other, const domain_name& domain) const;

  const std::vector<node_route>& nodes() const { return nodes_; }

private:
  failure admits_form(const domain_name& remote) const;
  void add_static_routes(const std::vector<conf::static_route>& rows);

  std::vector<node_route> nodes_;
  /// In the order of `nodes_`; empty for component nodes.
  std::vector<given_target> node_addresses_;
  domain_map<std::vector<uint32_t>> exact_;
  domain_map<std::vector<uint32_t>> wildcard_; ///< by the part after "*."
  bool federates_;
  conf::privacy_mode privacy_mode_;
  domain_set listed_; ///< the allow or deny list, by the privacy mode in force.
  domain_map<given_targets_ptr> exact_routes_;
  domain_map<given_targets_ptr> wildcard_routes_;
};

/// Returns the rendezvous weight of a node for a key. Stable across processes and versions, so that
/// all hubs agree.
uint64_t rendezvous_weight(uint64_t seed, std::string_view key);
uint64_t rendezvous_seed(std::string_view name);

} // namespace fedhub
