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

std::vector<socket_address> parsed(const std::vector<conf::socket_address>& all) {
  std::vector<socket_address> result;
  for (const auto& x : all)
    if (const auto address = socket_address::parse(x.ip.str(), x.port))
      result.push_back(*address);
  return result;
}

/// Whether an interface of this machine has this address.
bool is_own(const std::string& ip) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0)
    return false;
  bool result = false;
  for (const auto* x = all; x != nullptr && !result; x = x->ifa_next) {
    const auto family = x->ifa_addr != nullptr ? x->ifa_addr->sa_family : AF_UNSPEC;
    if (family == AF_INET || family == AF_INET6)
      result = socket_address{x->ifa_addr,
                              static_cast<socklen_t>(family == AF_INET ? sizeof(sockaddr_in)
                                                                       : sizeof(sockaddr_in6))}
                 .ip()
               == ip;
  }
  ::freeifaddrs(all);
  return result;
}

bool leads_here(const socket_address& server, const conf::config& x) {
  const auto ip = conf::ip_address::parse(server.ip());
  if (!ip)
    return false;
  return std::ranges::any_of(x.listen.dns, [&](const conf::socket_address& at) {
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
    for (const auto* x = all; x != nullptr; x = x->next) {
      const auto port = static_cast<uint16_t>(x->udp_port != 0 ? x->udp_port : 53);
      std::string ip;
      if (x->family == AF_INET) {
        std::array<uint8_t, 4> octets;
        std::copy_n(reinterpret_cast<const uint8_t*>(&x->addr.addr4), octets.size(),
                    octets.begin());
        ip = conf::ip_address::v4(octets).str();
      } else {
        std::array<uint8_t, 16> octets;
        std::copy_n(reinterpret_cast<const uint8_t*>(&x->addr.addr6), octets.size(),
                    octets.begin());
        ip = conf::ip_address::v6(octets).str();
      }
      if (const auto address = socket_address::parse(ip, port))
        result.push_back(*address);
    }
    ares_free_data(all);
  }
  ares_destroy(channel);
  return result;
}

std::vector<socket_address> dns_view_upstream(const conf::config& x) {
  if (!x.dns_view.upstream.empty())
    return parsed(x.dns_view.upstream);
  return x.dns.servers.empty() ? system_dns_servers() : parsed(x.dns.servers);
}

std::optional<std::string> judge_dns_view(const conf::config& x) {
  if (x.listen.dns.empty())
    return {};
  const auto check = [&](const std::vector<socket_address>& servers,
                         std::string_view key) -> std::optional<std::string> {
    const auto own = std::ranges::find_if(servers, [&](auto& at) { return leads_here(at, x); });
    if (own == servers.end())
      return {};
    return std::string{key} + ": " + own->str() + " is this hub's own listen.dns";
  };
  if (auto why = check(parsed(x.dns_view.upstream), "dns_view.upstream"))
    return why;
  if (!x.dns.servers.empty())
    return check(parsed(x.dns.servers), "dns.servers");
  return check(system_dns_servers(), "dns.servers is empty, and nameserver in /etc/resolv.conf");
}

} // namespace fedhub
