#include "actors/connection/component_role.hpp"

#include <algorithm>
#include <utility>

#include "actors/hub/settings.hpp"
#include "actors/rules/routing_table.hpp"

namespace fedhub {

namespace {

/// Returns whether `whole` matches every domain that `part` matches.
bool covers(const domain_pattern& whole, const domain_pattern& part) {
  return whole == part || (whole.wildcard() && whole.matches(part.base()));
}

} // namespace

component_role::component_role(hub& hub)
  : hub_(hub), stream_([this](std::string_view to) { return candidates(to); }) {}

review component_role::on_rules(const former_rules&) {
  last_from_ = {};
  implied_.reset();
  stream_.on_rules();
  if (!authenticated())
    return {};
  const auto before = std::exchange(judged_by_, hub_.current());
  auto* was = find(before->config);
  auto* node = find(judged_by_->config);
  if (node == nullptr)
    return {{}, {failure::node_rejected, "the node is no longer in the configuration"}, true};
  auto* access = std::get_if<conf::component_access>(&node->access);
  auto* proved = std::get_if<conf::component_access>(&was->access);
  if (access == nullptr || proved == nullptr
      || access->handshake_secret != proved->handshake_secret)
    return {{}, {failure::node_rejected, "the node's secret has changed"}, true};
  review out{.whole = true};
  for (auto& domain : was->domains)
    if (std::ranges::any_of(node->domains, [&](auto& whole) { return covers(whole, domain); }))
      out.whole = false;
    else if (!out.taken)
      out.taken = {failure::node_rejected, domain.str() + " no longer belongs to the node"};
  return out;
}

bool component_role::still_sends(const stanza& stanza) const {
  return serves(hub_.current()->config, stanza.to->name);
}

stream_error component_role::take(const domain_name& from, const domain_name&) {
  if (!authenticated())
    return stream_error::not_authorized;
  if (from == last_from_)
    return stream_error::none;
  // The node may have been given more domains since it connected.
  if (auto settings = hub_.current(); serves(settings->config, from)) {
    last_from_ = from;
    return stream_error::none;
  }
  return stream_error::invalid_from;
}

std::optional<domain_pair> component_role::same_pair(const domain_pair& pair) const {
  const auto form = pair.from.transitional();
  return authenticated() && serves(hub_.current()->config, form)
           ? std::optional{domain_pair{form, pair.to}}
           : std::nullopt;
}

std::optional<domain_name> component_role::counterpart_of(const domain_name& from) const {
  return authenticated() && serves(hub_.current()->config, from) ? std::optional{domain_name{}}
                                                                 : std::nullopt;
}

std::optional<component_role::implied_sender> component_role::implied() {
  if (authenticated() && !implied_)
    implied_ = find_implied(hub_.current()->config);
  return implied_;
}

std::optional<component_role::implied_sender>
component_role::find_implied(const conf::config& config) const {
  auto* node = find(config);
  if (node == nullptr)
    return std::nullopt;
  const bool certain = node->domains.size() == 1;
  if (auto named = domain_name::parse(stream_.peer_name()); named && serves(config, *named))
    return implied_sender{*named, certain && !node->domains[0].wildcard()};
  auto first = std::ranges::find(node->domains, false, &domain_pattern::wildcard);
  if (first == node->domains.end())
    return std::nullopt;
  return implied_sender{first->base(), certain};
}

/// Returns the configuration of the component's node; null if it is not configured any more.
const conf::node_config* component_role::find(const conf::config& config) const {
  auto found = std::ranges::find(config.nodes, node_, &conf::node_config::name);
  return found == config.nodes.end() ? nullptr : &*found;
}

bool component_role::serves(const conf::config& config, const domain_name& domain) const {
  auto* node = find(config);
  return node != nullptr && node->serves(domain);
}

/// Returns the nodes that the component may be. Nodes with a link come last. So if two nodes have
/// the same domains and secret, a new connection becomes the node without a link.
std::vector<component_stream::candidate> component_role::candidates(std::string_view to) {
  auto settings = hub_.current();
  auto table = hub_.table();
  auto domain = domain_name::parse(to);
  std::vector<component_stream::candidate> result;
  names_.clear();
  judged_by_ = settings;
  for (bool live : {false, true})
    for (size_t i = 0; i < settings->config.nodes.size() && i < table->nodes().size(); ++i) {
      auto& node = settings->config.nodes[i];
      auto* access = std::get_if<conf::component_access>(&node.access);
      if (access == nullptr || table->nodes()[i].live != live)
        continue;
      const bool serves = domain && node.serves(*domain);
      if (!serves && node.name != to)
        continue;
      result.push_back({node.name, std::string(access->handshake_secret.reveal())});
      names_.push_back(node.name);
    }
  return result;
}

} // namespace fedhub
