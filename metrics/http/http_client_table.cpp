#include "metrics/http/http_client_table.hpp"

#include <algorithm>
#include <ranges>
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

/// Returns how much a client would lose with its connection: the least for one that is idle, the
/// most for an event stream.
int worth(http_client::phase now) {
  switch (now) {
  case http_client::phase::idle:
    return 0;
  case http_client::phase::streaming:
    return 2;
  default:
    return 1;
  }
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
  const auto neighbour = [&client](const http_client& other) {
    return other.origin == client.origin;
  };
  const auto neighbours = std::ranges::count_if(clients_ | std::views::values, neighbour);
  if (static_cast<size_t>(neighbours) >= per_origin_)
    make_room(neighbour);
  if (clients_.size() >= total_)
    make_room([](const http_client&) { return true; });
  clients_.emplace(next_++, std::move(client));
}

void http_client_table::make_room(const std::function<bool(const http_client&)>& among) {
  auto victim = clients_.end();
  for (auto at = clients_.begin(); at != clients_.end(); ++at)
    if (among(at->second)
        && (victim == clients_.end() || worth(at->second.now) < worth(victim->second.now)))
      victim = at;
  if (victim != clients_.end())
    end(victim);
}

bool http_client_table::has_room_for_stream(const http_client& client, size_t total,
                                            size_t per_origin) const {
  size_t all = 0, neighbours = 0;
  for (const auto& [id, other] : clients_) {
    if (other.now != http_client::phase::streaming)
      continue;
    ++all;
    neighbours += other.origin == client.origin ? 1 : 0;
  }
  return all < total && neighbours < per_origin;
}

http_client_table::clients::iterator http_client_table::end(clients::iterator at) {
  // The engine has its own descriptor of this socket, and so notices that the connection is over.
  if (at->second.in_engine()) {
    shutdown(at->second.socket.get(), SHUT_RDWR);
    ended_(at->first);
  }
  return clients_.erase(at);
}

http_client* http_client_table::find(uint64_t id) {
  const auto at = clients_.find(id);
  return at == clients_.end() ? nullptr : &at->second;
}

} // namespace fedhub
