// The routing table: which node serves a local domain, and which remote domains may be spoken with.
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
  node_sink_actor
    sink; ///< of a component node; s2s nodes are reached by the domain actors of their domains.
  link_owner_actor owner; ///< the same actor, as the owner of its links.
  bool live = false;      ///< a component node has a link now.
  bool awaited = false;   ///< it has none, and stanzas wait for it (`timeouts.node`).
  bool shares = false;    ///< serves a domain together with another node.
  uint64_t seed = 0;      ///< of its name, for rendezvous hashing.
};

/// Immutable: made anew when the configuration or a node's liveness changes.
class routing_table {
public:
  /// @param nodes in the order of `x.nodes`.
  routing_table(const conf::config& x, std::vector<node_route> nodes);

  /// Indices into `nodes()` of those that serve the domain; the most specific pattern wins. Null if
  /// it is no local domain.
  const std::vector<uint32_t>* serving(const domain_name& domain) const;
  bool local(const domain_name& domain) const { return serving(domain) != nullptr; }
  /// Whether both are local domains, of the same nodes.
  bool served_alike(const domain_name& a, const domain_name& b) const {
    const auto *one = serving(a), *other = serving(b);
    return one != nullptr && other != nullptr && *one == *other;
  }

  /// The node for a bare JID: by rendezvous hash over the live ones among `candidates`, over those
  /// awaited if none is live, or over all.
  const node_route& choose(const std::vector<uint32_t>& candidates,
                           std::string_view bare_jid) const;

  /// Whether the hub speaks with a remote domain at all: `none`, `federation_disabled` or
  /// `domain_denied`.
  failure admits(const domain_name& remote) const;

  /// Whether stanzas of this pair go through the hub: `none`, what `admits` says of the remote one
  /// of both domains, or `node_unavailable` if both are remote.
  failure admits_pair(const domain_name& from, const domain_name& to) const;

  /// The static route's targets of a remote domain, if it has one in use.
  given_targets_ptr static_route(const domain_name& remote) const;

  /// The addresses of the s2s nodes that serve a domain; null if none does. Several nodes stand in
  /// for each other.
  given_targets_ptr node_targets(const domain_name& domain) const;

  /// Where streams to a domain lead: a node's address, a static route, or null: DNS is asked.
  given_targets_ptr way_to(const domain_name& domain) const {
    return local(domain) ? node_targets(domain) : static_route(domain);
  }
  /// Whether the way to the domain is the same by this table and by `other`.
  bool leads_alike(const routing_table& other, const domain_name& domain) const;

  const std::vector<node_route>& nodes() const { return nodes_; }

private:
  failure admits_form(const domain_name& remote) const;
  void add_static_routes(const std::vector<conf::static_route>& rows);

  std::vector<node_route> nodes_;
  std::vector<given_target> node_addresses_; ///< lines up with `nodes_`; only of s2s nodes.
  domain_map<std::vector<uint32_t>> exact_;
  domain_map<std::vector<uint32_t>> wildcard_; ///< by the part behind "*."
  bool federates_;
  conf::privacy_mode privacy_mode_;
  domain_set listed_; ///< the list of the privacy mode in force.
  domain_map<given_targets_ptr> exact_routes_;
  domain_map<given_targets_ptr> wildcard_routes_;
};

/// Rendezvous weight of a node for a key. Stable across processes and versions: all hubs agree.
uint64_t rendezvous_weight(uint64_t seed, std::string_view key);
uint64_t rendezvous_seed(std::string_view name);

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::routing_table_ptr)
