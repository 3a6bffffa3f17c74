#include "metrics/http/http_client_table.hpp"

#include <algorithm>
#include <utility>

namespace fedhub {

namespace {

/// Returns the user of the process that connected, at that time; the user -1 if it is unknown.
uid_t user_of(int unix_socket) {
  ucred peer{.pid = 0, .uid = static_cast<uid_t>(-1), .gid = static_cast<gid_t>(-1)};
  socklen_t size = sizeof peer;
  getsockopt(unix_socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer.uid;
}

} // namespace

http_client::http_client(unique_fd accepted, const socket_address& from,
                         std::chrono::steady_clock::time_point until)
  : socket{std::move(accepted)}, deadline{until} {
  if (const auto ip = from.address()) {
    constexpr size_t network = 8; // octets of an IPv6 address that say whose it is
    const auto octets = ip->octets();
    origin.assign(octets.begin(), octets.begin() + std::min(octets.size(), network));
    peer.address = ip->str();
  } else {
    peer.uid = user_of(socket.get());
    origin = "uid " + std::to_string(*peer.uid);
  }
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
