#include "actors/net/own_addresses.hpp"

#include <algorithm>
#include <memory>

#include <ifaddrs.h>

#include "metrics/sockets/socket_address.hpp"

namespace fedhub {

std::vector<ip_address> own_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list{first, ::freeifaddrs};
  std::vector<ip_address> found;
  for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr)
      continue;
    const bool v4 = entry->ifa_addr->sa_family == AF_INET;
    if (!v4 && entry->ifa_addr->sa_family != AF_INET6)
      continue;
    const auto size = static_cast<socklen_t>(v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    const socket_address at{entry->ifa_addr, size};
    if (const auto address = at.address();
        address && std::ranges::find(found, *address) == found.end())
      found.push_back(*address);
  }
  return found;
}

} // namespace fedhub
