// The federation table: the links of nodes, and why they fail.
#include "actors/admin/federation_table.hpp"

#include <algorithm>
#include <utility>

namespace fedhub {

bool federation_table::is_link_of(const std::string& node,
                                  const std::function<bool(const domain_name&)>& serves,
                                  uint64_t id, const std::string& link_node) const {
  const auto known = streams_.find(id);
  if (known == streams_.end() || known->second.state != stream_state::authenticated)
    return false;
  const auto& stream = known->second;
  return stream.leg == stream_leg::node_component ? link_node == node
                                                  : !stream.peer.empty() && serves(stream.peer);
}

std::vector<admin::node_row::link>
federation_table::links_of(const std::string& node,
                           const std::function<bool(const domain_name&)>& serves,
                           const clocks& at) const {
  std::vector<admin::node_row::link> links;
  for (const auto id : link_ids_of(node, serves))
    links.push_back({node_links_.at(id).address, at.wall_of(streams_.at(id).opened)});
  return links;
}

std::vector<uint64_t>
federation_table::link_ids_of(const std::string& node,
                              const std::function<bool(const domain_name&)>& serves) const {
  std::vector<uint64_t> found;
  for (const auto& [id, link] : node_links_)
    if (is_link_of(node, serves, id, link.node))
      found.push_back(id);
  std::ranges::sort(found);
  return found;
}

void federation_table::note_ended_link(uint64_t id, const stream_entry& stream,
                                       const admin::traffic_row& traffic) {
  const auto add = [&](auto& sums, const auto& key) {
    if (sums.size() < most_ended_links || sums.contains(key))
      sums[key] += traffic;
  };
  const auto link = node_links_.find(id);
  if (stream.state != stream_state::authenticated || link == node_links_.end())
    return;
  if (stream.leg == stream_leg::node_component)
    add(ended_components_, link->second.node);
  else if (!stream.peer.empty())
    add(ended_servers_, stream.peer);
}

admin::traffic_row
federation_table::ended_traffic_of(const std::string& node,
                                   const std::function<bool(const domain_name&)>& serves) const {
  admin::traffic_row sum;
  if (const auto known = ended_components_.find(node); known != ended_components_.end())
    sum += known->second;
  for (const auto& [domain, traffic] : ended_servers_)
    if (serves(domain))
      sum += traffic;
  return sum;
}

void federation_table::note_node_error(const std::string& claim, std::string text, time_point now) {
  const auto domain = domain_name::parse(claim);
  node_errors_.insert_or_assign(claim,
                                node_error{std::move(text), now, domain.value_or(domain_name{})});
  if (node_errors_.size() > most_node_errors)
    node_errors_.erase(std::ranges::min_element(node_errors_, {},
                                                [](const auto& error) { return error.second.at; }));
}

std::string
federation_table::last_error_of(const std::string& node,
                                const std::function<bool(const domain_name&)>& serves) const {
  const node_error* last = nullptr;
  for (const auto& [claim, error] : node_errors_) {
    const bool own = claim == node || (!error.domain.empty() && serves(error.domain));
    if (own && (last == nullptr || error.at > last->at))
      last = &error;
  }
  return last != nullptr ? last->text : std::string{};
}

} // namespace fedhub
