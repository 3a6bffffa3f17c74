#include "conf/file/dns_view_defaults.hpp"

#include <algorithm>

#include "conf/file/listeners.hpp"

namespace fedhub::conf {

std::vector<ip_network> dns_view_clients(const config& whole) {
  auto result = whole.dns_view.allow;
  if (!result.empty())
    return result;
  for (const auto& node : whole.nodes)
    if (const auto* access = std::get_if<s2s_access>(&node.access))
      result.insert(result.end(), access->trusted_from.begin(), access->trusted_from.end());
  return result;
}

std::optional<ip_address> dns_view_address(const config& whole) {
  if (whole.dns_view.address)
    return whole.dns_view.address;
  const auto& nodes = whole.listen.nodes;
  auto found = std::ranges::find_if(nodes, [](auto& at) { return !at.ip.is_loopback(); });
  if (found == nodes.end())
    found = nodes.begin();
  if (found == nodes.end() || found->ip.is_any())
    return {};
  return found->ip;
}

size_t dns_view_listener(const config& whole) {
  const auto& nodes = whole.listen.nodes;
  const auto address = dns_view_address(whole).value_or(ip_address{});
  auto found = std::ranges::find(nodes, address, &ip_endpoint::ip);
  if (found == nodes.end())
    found = std::ranges::find_if(nodes, [&](auto& at) { return covers(at.ip, address); });
  return found == nodes.end() ? 0 : static_cast<size_t>(found - nodes.begin());
}

} // namespace fedhub::conf
