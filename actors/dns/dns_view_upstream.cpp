#include "actors/dns/dns_view_upstream.hpp"

#include <ares.h>
#include <ifaddrs.h>

#include <algorithm>
#include <span>
#include <utility>

#include "conf/file/dns_view_defaults.hpp"
#include "conf/file/listeners.hpp"

namespace fedhub {

namespace {

std::vector<socket_address> parsed(const std::vector<conf::ip_endpoint>& all) {
  std::vector<socket_address> result;
  for (const auto& x : all)
    result.emplace_back(x.ip, x.port);
  return result;
}

/// Returns whether an interface of this machine has this address.
bool is_own(const std::string& ip) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0)
    return false;
  bool result = false;
  for (const auto* entry = all; entry != nullptr && !result; entry = entry->ifa_next) {
    const auto family = entry->ifa_addr != nullptr ? entry->ifa_addr->sa_family : AF_UNSPEC;
    if (family == AF_INET || family == AF_INET6)
      result = socket_address{entry->ifa_addr,
                              static_cast<socklen_t>(family == AF_INET ? sizeof(sockaddr_in)
                                                                       : sizeof(sockaddr_in6))}
                 .ip()
               == ip;
  }
  ::freeifaddrs(all);
  return result;
}

bool leads_here(const socket_address& server, const conf::config& config) {
  const auto ip = server.address();
  if (!ip)
    return false;
  return std::ranges::any_of(config.listen.dns, [&](const conf::ip_endpoint& at) {
    if (at.port == 0)
      return false;
    return conf::leads_to({*ip, server.port()}, at)
           || (at.port == server.port() && at.ip.is_any() && conf::covers(at.ip, *ip)
               && is_own(server.ip()));
  });
}

} // namespace

std::vector<socket_address> system_dns_servers() {
  std::vector<socket_address> result;
  ares_channel channel = nullptr;
  if (ares_init(&channel) != ARES_SUCCESS)
    return result;
  ares_addr_port_node* all = nullptr;
  if (ares_get_servers_ports(channel, &all) == ARES_SUCCESS) {
    for (const auto* entry = all; entry != nullptr; entry = entry->next) {
      const auto port = static_cast<uint16_t>(entry->udp_port != 0 ? entry->udp_port : 53);
      ipv6_octets octets; // IPv4 uses the first four
      std::copy_n(reinterpret_cast<const uint8_t*>(&entry->addr), octets.size(), octets.begin());
      const bool is_v4 = entry->family == AF_INET;
      result.emplace_back(is_v4 ? ip_address::v4(ipv4_at(octets, 0)) : ip_address::v6(octets),
                          port);
    }
    ares_free_data(all);
  }
  ares_destroy(channel);
  return result;
}

std::vector<socket_address> dns_view_upstream(const conf::config& config) {
  if (!config.dns_view.upstream.empty())
    return parsed(config.dns_view.upstream);
  return config.dns.servers.empty() ? system_dns_servers() : parsed(config.dns.servers);
}

std::optional<std::string> judge_dns_view(const conf::config& config) {
  if (config.listen.dns.empty())
    return {};
  const auto check = [&](const std::vector<socket_address>& servers,
                         std::string_view key) -> std::optional<std::string> {
    const auto own =
      std::ranges::find_if(servers, [&](auto& at) { return leads_here(at, config); });
    if (own == servers.end())
      return {};
    return std::string{key} + ": " + own->str() + " is this hub's own listen.dns";
  };
  if (auto why = check(parsed(config.dns_view.upstream), "dns_view.upstream"))
    return why;
  if (!config.dns.servers.empty())
    return check(parsed(config.dns.servers), "dns.servers");
  return check(system_dns_servers(), "dns.servers is empty, and nameserver in /etc/resolv.conf");
}

} // namespace fedhub
