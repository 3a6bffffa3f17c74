#include "actors/routing_table.hpp"

#include <algorithm>

namespace fedhub {

namespace {

/// Calls `found` with each domain above `x`, nearest first, until it returns true: "a.b.c" gives
/// "b.c", then "c".
template <class Map>
const typename Map::mapped_type* find_above(const Map& map, const domain_name& x) {
  std::string_view rest = x.str();
  if (map.empty() || x.is_ip_literal())
    return nullptr;
  for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
    rest.remove_prefix(dot + 1);
    auto parent = domain_name::parse(rest);
    if (!parent)
      return nullptr;
    if (auto found = map.find(*parent); found != map.end())
      return &found->second;
  }
  return nullptr;
}

given_target target_at(const conf::host_address& address) {
  given_target result;
  if (auto* ip = std::get_if<conf::ip_address>(&address.host))
    result.host = ip->str();
  else
    result.host = std::get<domain_name>(address.host).str();
  result.port = address.port;
  return result;
}

given_target target_of(const conf::static_route& row) {
  auto result = target_at(row.address);
  result.priority = row.priority;
  result.weight = row.weight;
  return result;
}

bool matches_any(const std::vector<domain_pattern>& patterns, const domain_name& x) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const domain_pattern& p) { return p.matches(x); });
}

} // namespace

uint64_t rendezvous_seed(std::string_view name) {
  uint64_t hash = 14695981039346656037u; // FNV-1a
  for (unsigned char octet : name)
    hash = (hash ^ octet) * 1099511628211u;
  return hash;
}

uint64_t rendezvous_weight(uint64_t seed, std::string_view key) {
  uint64_t hash = seed;
  for (unsigned char octet : key)
    hash = (hash ^ octet) * 1099511628211u;
  // The finaliser of SplitMix64: FNV alone leaves the high bits alike for keys that differ at the
  // end.
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

routing_table::routing_table(const conf::config& x, std::vector<node_route> nodes)
  : nodes_(std::move(nodes)), policy_(x.federation) {
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].seed = rendezvous_seed(nodes_[i].name);
    auto* access = std::get_if<conf::s2s_access>(&x.nodes[i].access);
    node_addresses_.push_back(access != nullptr ? target_at(access->address) : given_target{});
    for (auto& domain : x.nodes[i].domains)
      (domain.wildcard() ? wildcard_ : exact_)[domain.base()].push_back(i);
  }
  for (auto* rows : {&exact_, &wildcard_})
    for (auto& [domain, candidates] : *rows)
      if (candidates.size() > 1)
        for (auto i : candidates)
          nodes_[i].shares = true;
  if (!policy_.use_static_routes)
    return;
  std::unordered_map<domain_name, std::vector<given_target>> exact;
  std::unordered_map<domain_name, std::vector<given_target>> wildcard;
  for (auto& row : x.static_routes)
    (row.domain.wildcard() ? wildcard : exact)[row.domain.base()].push_back(target_of(row));
  for (auto& [domain, targets] : exact)
    exact_routes_.emplace(domain,
                          std::make_shared<const std::vector<given_target>>(std::move(targets)));
  for (auto& [domain, targets] : wildcard)
    wildcard_routes_.emplace(domain,
                             std::make_shared<const std::vector<given_target>>(std::move(targets)));
}

const std::vector<uint32_t>* routing_table::serving(const domain_name& domain) const {
  if (auto found = exact_.find(domain); found != exact_.end())
    return &found->second;
  return find_above(wildcard_, domain);
}

const node_route& routing_table::choose(const std::vector<uint32_t>& candidates,
                                        std::string_view bare_jid) const {
  if (candidates.size() == 1)
    return nodes_[candidates.front()];
  bool any_live =
    std::any_of(candidates.begin(), candidates.end(), [&](uint32_t i) { return nodes_[i].live; });
  const node_route* best = nullptr;
  uint64_t most = 0;
  for (auto i : candidates) {
    auto& node = nodes_[i];
    if (any_live && !node.live)
      continue;
    auto weight = rendezvous_weight(node.seed, bare_jid);
    if (best == nullptr || weight > most) {
      best = &node;
      most = weight;
    }
  }
  return *best;
}

failure routing_table::admits(const domain_name& remote) const {
  if (!policy_.enabled)
    return failure::federation_disabled;
  bool denied = false;
  switch (policy_.privacy_mode) {
  case conf::privacy_mode::off:
    break;
  case conf::privacy_mode::allow_list:
    denied = !matches_any(policy_.allow, remote);
    break;
  case conf::privacy_mode::deny_list:
    denied = matches_any(policy_.deny, remote);
    break;
  }
  // A static route implies allow, but does not undo a denial by name.
  if (denied && policy_.privacy_mode == conf::privacy_mode::allow_list && static_route(remote))
    denied = false;
  return denied ? failure::domain_denied : failure::none;
}

given_targets_ptr routing_table::node_targets(const domain_name& domain) const {
  auto* candidates = serving(domain);
  if (candidates == nullptr || nodes_[candidates->front()].protocol != conf::node_protocol::s2s)
    return nullptr;
  auto targets = std::make_shared<std::vector<given_target>>();
  for (auto i : *candidates)
    targets->push_back(node_addresses_[i]);
  return targets;
}

given_targets_ptr routing_table::static_route(const domain_name& remote) const {
  if (auto found = exact_routes_.find(remote); found != exact_routes_.end())
    return found->second;
  auto* above = find_above(wildcard_routes_, remote);
  return above != nullptr ? *above : nullptr;
}

} // namespace fedhub
