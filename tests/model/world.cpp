#include "tests/model/world.hpp"

#include <algorithm>

namespace fedhub::model {

bool rules::allows(std::string_view remote, std::string_view local) const {
  return federates && !denied.contains(std::string{remote}) && serving(local) != nullptr;
}

const component_node* rules::node(std::string_view name) const {
  const auto i = std::ranges::find(nodes, name, &component_node::name);
  return i == nodes.end() ? nullptr : &*i;
}

const component_node* rules::serving(std::string_view domain) const {
  const auto i = std::ranges::find_if(
    nodes, [&](auto& x) { return std::ranges::find(x.domains, domain) != x.domains.end(); });
  return i == nodes.end() ? nullptr : &*i;
}

void world::wrong(std::string_view invariant, const std::string& what) {
  if (problem.empty())
    problem = std::string{invariant} + ": " + what;
}

const domain_mood& world::mood(std::string_view domain) const {
  static const domain_mood unknown{.name = domain_mood::dns::missing};
  const auto known = moods.find(std::string{domain});
  return known == moods.end() ? unknown : known->second;
}

standing world::judge(std::string_view remote, std::string_view local) const {
  const bool before = now.allows(remote, local);
  const bool after = next ? next->allows(remote, local) : before;
  if (before && after)
    return standing::good;
  return before || after ? standing::uncertain : standing::forged;
}

} // namespace fedhub::model
