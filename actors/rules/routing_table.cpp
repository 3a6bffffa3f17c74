#include "actors/rules/routing_table.hpp"

#include <algorithm>
#include <memory>

#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

namespace {

given_target target_at(const conf::host_address& address) {
  given_target result;
  if (auto* ip = std::get_if<ip_address>(&address.host))
    result.host = ip->str();
  else
    result.host = std::get<domain_name>(address.host).str();
  result.port = address.port;
  return result;
}

/// Returns both forms of a pattern: a setting for a domain holds for both of its forms.
std::vector<domain_pattern> forms_of(const domain_pattern& pattern) {
  auto other = pattern.transitional();
  return other == pattern ? std::vector{pattern} : std::vector{pattern, std::move(other)};
}

given_target target_of(const conf::static_route& row) {
  auto result = target_at(row.address);
  result.priority = row.priority;
  result.weight = row.weight;
  result.direct_tls = row.direct_tls;
  return result;
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
  // The finaliser of SplitMix64: FNV alone gives similar high bits for keys that differ only at the
  // end.
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

routing_table::routing_table(const conf::config& config, std::vector<node_route> nodes)
  : nodes_(std::move(nodes)), federates_(config.federation.enabled),
    privacy_mode_(config.federation.privacy_mode) {
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].seed = rendezvous_seed(nodes_[i].name);
    auto* access = std::get_if<conf::s2s_access>(&config.nodes[i].access);
    node_addresses_.push_back(access != nullptr ? target_at(access->address) : given_target{});
    for (auto& domain : config.nodes[i].served())
      (domain.wildcard() ? wildcard_ : exact_)[domain.base()].push_back(i);
  }
  for (auto* rows : {&exact_, &wildcard_})
    for (auto& row : rows->entries())
      if (row.value.size() > 1)
        for (auto i : row.value)
          nodes_[i].shares = true;
  if (privacy_mode_ != conf::privacy_mode::off)
    for (auto& pattern : privacy_mode_ == conf::privacy_mode::allow_list ? config.federation.allow
                                                                         : config.federation.deny)
      for (auto& form : forms_of(pattern))
        listed_.add(form);
  if (config.federation.use_static_routes)
    add_static_routes(config.static_routes);
}

void routing_table::add_static_routes(const std::vector<conf::static_route>& rows) {
  // Filled here, and immutable afterwards.
  domain_map<std::shared_ptr<std::vector<given_target>>> exact, wildcard;
  for (auto& row : rows) {
    for (auto& form : forms_of(row.domain)) {
      const bool any_below = form.wildcard();
      auto& targets = (any_below ? wildcard : exact)[form.base()];
      if (targets == nullptr) {
        targets = std::make_shared<std::vector<given_target>>();
        (any_below ? wildcard_routes_ : exact_routes_)[form.base()] = targets;
      }
      targets->push_back(target_of(row));
    }
  }
}

const std::vector<uint32_t>* routing_table::serving(const domain_name& domain) const {
  auto* found = exact_.find(domain.str());
  return found != nullptr ? found : wildcard_.find_above(domain);
}

const node_route& routing_table::choose(const std::vector<uint32_t>& candidates,
                                        std::string_view bare_jid) const {
  if (candidates.size() == 1)
    return nodes_[candidates.front()];
  const auto presence = [](const node_route& x) { return x.live ? 2 : x.awaited ? 1 : 0; };
  int most_present = 0;
  for (auto i : candidates)
    most_present = std::max(most_present, presence(nodes_[i]));
  const node_route* best = nullptr;
  uint64_t most = 0;
  for (auto i : candidates) {
    auto& node = nodes_[i];
    if (presence(node) < most_present)
      continue;
    auto weight = rendezvous_weight(node.seed, bare_jid);
    if (best == nullptr || weight > most) {
      best = &node;
      most = weight;
    }
  }
  return *best;
}

/// The stricter answer for both forms of a name holds, since servers may take them for one domain.
failure routing_table::admits(const domain_name& remote) const {
  const auto denied = admits_form(remote);
  return denied != failure::none || !remote.deviates() ? denied
                                                       : admits_form(remote.transitional());
}

failure routing_table::admits_form(const domain_name& remote) const {
  if (!federates_)
    return failure::federation_disabled;
  if (privacy_mode_ == conf::privacy_mode::off)
    return failure::none;
  const bool allows = privacy_mode_ == conf::privacy_mode::allow_list;
  if (listed_.contains(remote) == allows)
    return failure::none;
  // A static route implies allow, but does not undo a denial by name.
  return allows && static_route(remote) ? failure::none : failure::domain_denied;
}

failure routing_table::admits_pair(const domain_name& from, const domain_name& to) const {
  const bool to_local = local(to);
  if (!local(from))
    return to_local ? admits(from) : failure::node_unavailable;
  return to_local ? failure::none : admits(to);
}

bool routing_table::leads_alike(const routing_table& other, const domain_name& domain) const {
  if (local(domain) != other.local(domain))
    return false;
  const auto here = way_to(domain);
  const auto there = other.way_to(domain);
  return here == there || (here != nullptr && there != nullptr && *here == *there);
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
  auto* found = exact_routes_.find(remote.str());
  if (found == nullptr)
    found = wildcard_routes_.find_above(remote);
  return found != nullptr ? *found : nullptr;
}

} // namespace fedhub
