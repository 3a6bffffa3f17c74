#include "metrics/http/http_client_table.hpp"

#include <algorithm>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace fedhub {

namespace {

/// Returns the octets of an address, 4 or 16. A mapped IPv4 address has 4.
std::string address_octets(const sockaddr_storage& of) {
  if (of.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(of).sin_addr;
    return {reinterpret_cast<const char*>(&ip), sizeof ip};
  }
  const auto& ip = reinterpret_cast<const sockaddr_in6&>(of).sin6_addr;
  const std::string octets{reinterpret_cast<const char*>(&ip), sizeof ip};
  return IN6_IS_ADDR_V4MAPPED(&ip) ? octets.substr(12) : octets;
}

std::string text_of(const std::string& octets) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text, sizeof text);
  return text;
}

/// Returns the user of the process that connected, at that time; the user -1 if it is unknown.
uid_t user_of(int unix_socket) {
  ucred peer{.pid = 0, .uid = static_cast<uid_t>(-1), .gid = static_cast<gid_t>(-1)};
  socklen_t size = sizeof peer;
  getsockopt(unix_socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer.uid;
}

} // namespace

http_client::http_client(descriptor accepted, const sockaddr_storage& address,
                         std::chrono::steady_clock::time_point until)
  : socket{std::move(accepted)}, deadline{until} {
  if (address.ss_family == AF_UNIX) {
    peer.uid = user_of(socket.get());
    origin = "uid " + std::to_string(*peer.uid);
    return;
  }
  origin = address_octets(address);
  peer.address = text_of(origin);
  origin.resize(std::min<size_t>(origin.size(), 8));
}

void http_client_table::add(http_client client) {
  const auto neighbour = [&](const auto& row) { return row.second.origin == client.origin; };
  if (static_cast<size_t>(std::ranges::count_if(clients_, neighbour)) >= per_origin_)
    end(std::ranges::find_if(clients_, neighbour));
  if (clients_.size() >= total_)
    end(clients_.begin());
  clients_.emplace(next_++, std::move(client));
}

http_client_table::clients::iterator http_client_table::end(clients::iterator at) {
  // The engine has its own descriptor of this socket, and so notices that the connection is over.
  if (at->second.now == http_client::phase::served)
    shutdown(at->second.socket.get(), SHUT_RDWR);
  return clients_.erase(at);
}

http_client* http_client_table::find(uint64_t id) {
  const auto at = clients_.find(id);
  return at == clients_.end() ? nullptr : &at->second;
}

} // namespace fedhub
