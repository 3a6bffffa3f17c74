#include "actors/connection/stream_policies.hpp"

#include <algorithm>
#include <iterator>

#include "actors/hub/settings.hpp"
#include "actors/rules/routing_table.hpp"

namespace fedhub {

namespace {

/// Returns the node domains that a server at `peer` may speak for.
std::vector<domain_pattern> trusted_domains(const conf::config& config, const ip_address& peer) {
  std::vector<domain_pattern> result;
  for (auto& node : config.nodes)
    if (auto* access = std::get_if<conf::s2s_access>(&node.access))
      if (std::ranges::any_of(access->trusted_from, [&](auto& net) { return net.contains(peer); }))
        std::ranges::move(node.served(), std::back_inserter(result));
  return result;
}

bool any_matches(const std::vector<domain_pattern>& patterns, const domain_name& x) {
  return std::ranges::any_of(patterns, [&](auto& pattern) { return pattern.matches(x); });
}

std::string not_served(const domain_name& x) { return x.str() + " is no longer served here"; }

} // namespace

std::string describe_denial(const conf::federation_config& config, const domain_name& remote) {
  if (config.privacy_mode == conf::privacy_mode::allow_list)
    return remote.str() + " matches nothing in federation.allow";
  if (config.privacy_mode == conf::privacy_mode::deny_list)
    for (const auto& pattern : config.deny)
      if (pattern.matches_either(remote))
        return remote.str() + " matches \"" + pattern.str() + "\" in federation.deny";
  return {};
}

// ---- the world ---------------------------------------------------------------------------------

failure world_policy::admits(const domain_pair& pair) const {
  auto table = hub_.table();
  // A remote peer may not speak for a local domain.
  if (table->local(pair.from))
    return failure::domain_denied;
  if (auto denied = table->admits(pair.from); denied != failure::none)
    return denied;
  // The header may have named another domain, for which TLS is not required.
  return identity_.secured()
             || hub_.current()->trust->security(pair.from) != stream_security::tls_required
           ? failure::none
           : failure::tls_not_offered;
}

identity_proof world_policy::proof(const domain_name& sender) const {
  auto proof = identity_.proof(sender);
  return identity_proof{static_cast<bool>(proof), proof.why, proof.detail};
}

bool world_policy::same_authority(const domain_name& sender) const {
  return before_ == nullptr || hub_.table()->leads_alike(*before_->table, sender);
}

stream_security world_policy::security(const domain_name& from) const {
  auto settings = hub_.current();
  return from.empty() ? settings->config.federation.security_mode : settings->trust->security(from);
}

revocation world_policy::lost(const domain_pair& header) const {
  if (before_ == nullptr)
    return {};
  auto table = hub_.table();
  if (!header.to.empty() && before_->table->local(header.to) && !table->local(header.to))
    return {failure::domain_denied, not_served(header.to)};
  auto why_not = [&](const routing_table& x) {
    return x.local(header.from) ? failure::domain_denied : x.admits(header.from);
  };
  if (!header.from.empty() && why_not(*before_->table) == failure::none)
    return {why_not(*table), header.from.str()};
  return {};
}

// ---- a node ------------------------------------------------------------------------------------

node_policy::node_policy(hub& its_hub, const socket_address& peer)
  : hub_(its_hub), ip_(peer.address()) {
  if (ip_)
    own_ = trusted_domains(hub_.current()->config, *ip_);
}

bool node_policy::trusted(const domain_name& sender) const { return any_matches(own_, sender); }

void node_policy::compare(const former_rules&) {
  if (!ip_)
    return;
  before_ = std::exchange(own_, trusted_domains(hub_.current()->config, *ip_));
}

revocation node_policy::lost(const domain_pair& header) const {
  if (own_.empty())
    return {failure::domain_denied, "no node is trusted at this address"};
  if (!header.from.empty() && any_matches(before_, header.from) && !trusted(header.from))
    return {failure::domain_denied, header.from.str() + " is not a domain of the node"};
  if (!header.to.empty() && !any_matches(before_, header.to) && trusted(header.to))
    return {failure::domain_denied, header.to.str() + " is the node's own domain"};
  return {};
}

std::string misled_node(const settings& rules, const socket_address& peer, std::string_view from) {
  const auto ip = peer.address();
  const auto domain = domain_name::parse(from);
  if (!ip || !domain || !any_matches(trusted_domains(rules.config, *ip), *domain))
    return {};
  std::string listeners;
  for (const auto& listener : rules.config.listen.nodes)
    listeners.append(listeners.empty() ? "" : ", ").append(listener.str());
  return domain->str() + " is a node's domain: its server has to connect to listen.nodes ("
         + listeners + "); check the DNS view of that server";
}

bool trusted_node_address(const settings& rules, const socket_address& peer) {
  auto ip = peer.address();
  return ip && !trusted_domains(rules.config, *ip).empty();
}

} // namespace fedhub
