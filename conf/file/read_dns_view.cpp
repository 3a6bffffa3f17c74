#include <algorithm>
#include <array>

#include "conf/file/dns_view_defaults.hpp"
#include "conf/file/listeners.hpp"
#include "conf/file/read_config.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub::conf {

namespace {

constexpr std::string_view host_name_allowed =
  "a host name: labels of letters, digits and hyphens, not ending in a number";

/// The widest networks of public addresses that may be clients, as prefix lengths.
constexpr uint8_t widest_public_v4 = 24;
constexpr uint8_t widest_public_v6 = 48;

/// Networks that belong to an operator, whatever their width.
constexpr std::array<std::string_view, 9> own_networks{
  "10.0.0.0/8",     // private use (RFC 1918)
  "172.16.0.0/12",  // private use
  "192.168.0.0/16", // private use
  "100.64.0.0/10",  // shared address space (RFC 6598)
  "127.0.0.0/8",    // loopback
  "169.254.0.0/16", // link local
  "198.18.0.0/15",  // benchmarks (RFC 2544)
  "fc00::/7",       // unique local (RFC 4193)
  "fe80::/10",      // link local
};

bool is_within(const ip_network& inner, const ip_network& outer) {
  return inner.prefix_length() >= outer.prefix_length() && outer.contains(inner.base());
}

/// Returns whether a network may contain strangers. Clients must be known: attackers use a DNS
/// server that answers the whole Internet to flood others.
bool is_too_wide(const ip_network& clients) {
  const auto widest = clients.base().is_v4() ? widest_public_v4 : widest_public_v6;
  return clients.prefix_length() < widest && std::ranges::none_of(own_networks, [&](auto text) {
           return is_within(clients, *ip_network::parse(text));
         });
}

std::optional<domain_name> parse_host_name(std::string_view text) {
  auto name = domain_name::parse(text);
  if (!name || name->is_ip_literal())
    return {};
  const auto& host = name->str();
  bool bad = host.find('_') != host.npos || host.ends_with('-') || host.starts_with('-')
             || host.find("-.") != host.npos || host.find(".-") != host.npos;
  const auto last = host.substr(host.rfind('.') + 1);
  bad = bad || std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
  if (bad || host.size() > 253)
    return {};
  return name;
}

std::optional<std::optional<ip_address>> parse_address(std::string_view text) {
  if (text.empty())
    return std::optional<ip_address>{};
  const auto ip = ip_address::parse(text);
  if (!ip || ip->is_any())
    return {};
  return ip;
}

/// Reads networks in the order of the file. A refused one stays as nothing.
std::vector<std::optional<ip_network>> read_networks(table_reader& table) {
  std::vector<std::optional<ip_network>> result;
  table.list(
    "allow", result,
    [](std::string_view text) -> std::optional<std::optional<ip_network>> {
      if (const auto parsed = ip_network::parse(text))
        return parsed;
      return {};
    },
    R"("ADDRESS/PREFIX-LENGTH" or "ADDRESS")");
  return result;
}

constexpr std::string_view width_allowed =
  "private networks; public networks no wider than /24 (IPv4) or /48 (IPv6)";

void check_default_clients(const table_reader& table, const config& whole) {
  for (const auto& net : dns_view_clients(whole))
    if (is_too_wide(net)) {
      table.report("allow",
                   "nothing, so the nodes' trusted_from applies, with " + in_quotes(net.str()),
                   std::string{width_allowed});
      return;
    }
}

/// Reports servers that would send a question back to the hub: to itself, or to a listener that
/// cannot answer it.
void check_upstream(const table_reader& table, std::string_view key,
                    const std::vector<ip_endpoint>& servers,
                    const std::vector<listener_address>& own) {
  for (size_t i = 0; i < servers.size(); ++i)
    for (const auto& listener : own)
      if (listener.at.port != 0 && leads_to(servers[i], listener.at)) {
        table.report_element(
          key, i, in_quotes(servers[i].str()) + ", which is " + listener.path() + " of this hub",
          "another server");
        break;
      }
}

void check_with_listeners(const table_reader& table, const config& whole) {
  if (whole.listen.nodes.empty())
    table.report("address", "no listener that answers could name, since listen.nodes is empty",
                 "listen.dns together with listen.nodes");
  else if (!dns_view_address(whole))
    table.report("address", "nothing, and a wildcard in listen.nodes",
                 "the address at which nodes reach listen.nodes");
}

} // namespace

dns_view_config read_dns_view(table_reader& table, const config& rest, const table_reader& dns) {
  dns_view_config result;
  table.parsed("name", result.name, parse_host_name, host_name_allowed);
  const bool good_address =
    table.parsed("address", result.address, parse_address, R"("IPV4" or "IPV6", not a wildcard)");
  const auto networks = read_networks(table);
  table.list("upstream", result.upstream, parse_dns_server, dns_server_allowed);
  table.seconds("ttl_s", result.ttl, 0, 86400);

  for (size_t i = 0; i < networks.size(); ++i) {
    if (networks[i] && is_too_wide(*networks[i]))
      table.report_element("allow", i, in_quotes(networks[i]->str()), std::string{width_allowed});
    if (networks[i])
      result.allow.push_back(*networks[i]);
  }
  check_upstream(table, "upstream", result.upstream, all_listeners(rest.listen));
  if (rest.listen.dns.empty())
    return result;
  auto own = all_listeners(rest.listen);
  std::erase_if(own, [](const listener_address& listener) { return listener.key != "dns"; });
  check_upstream(dns, "servers", rest.dns.servers, own);
  auto whole = rest;
  whole.dns_view = result;
  if (good_address)
    check_with_listeners(table, whole);
  if (networks.empty())
    check_default_clients(table, whole);
  return result;
}

} // namespace fedhub::conf
