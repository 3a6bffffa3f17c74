// The federation table: the links of nodes, and why they fail.
#include "actors/admin/federation_table.hpp"

#include <algorithm>
#include <utility>

namespace fedhub {

std::vector<admin::node_row::link>
federation_table::links_of(const std::string& node,
                           const std::function<bool(const domain_name&)>& serves,
                           const clocks& at) const {
  std::map<uint64_t, admin::node_row::link> found;
  for (const auto& [id, link] : node_links_) {
    const auto known = streams_.find(id);
    if (known == streams_.end() || known->second.state != stream_state::authenticated)
      continue;
    const auto& stream = known->second;
    const bool own = stream.leg == stream_leg::node_component
                       ? link.node == node
                       : !stream.peer.empty() && serves(stream.peer);
    if (own)
      found.emplace(id, admin::node_row::link{link.address, at.wall_of(stream.opened)});
  }
  std::vector<admin::node_row::link> links;
  for (auto& [id, link] : found)
    links.push_back(std::move(link));
  return links;
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
