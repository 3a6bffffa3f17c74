#include "actors/process/socket_opener.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "actors/dns/dns_view_sockets.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

constexpr int stream_backlog = 4096;

std::string last_error() { return std::generic_category().message(errno); }

} // namespace

std::optional<listener_fault> socket_opener::open(const conf::listener_address& at, address_use use,
                                                  listener_change::successor& next) {
  auto& socket = next.socket;
  socket.at = {at.key, at.at, at.at.port};
  if (take_parked(next))
    return {};
  errno = 0;
  auto why = at.key == "dns" ? open_dns(use, socket) : open_tcp(use, socket);
  if (!why.empty())
    return listener_fault{at.path(), "listen." + std::string{at.key}, at.at.str(),
                          why + rival(at.at), errno};
  socket.at.port = local_address(socket.tcp.get()).port();
  return {};
}

bool socket_opener::take_parked(listener_change::successor& next) const {
  const auto& wanted = next.socket.at;
  const auto found = std::ranges::find_if(parked_, [&](const open_socket& parked) {
    return parked.at.bound() == wanted.configured && bool{parked.udp} == (wanted.key == "dns");
  });
  if (found == parked_.end())
    return false;
  next.origin = found->id;
  next.socket.passed = true;
  next.socket.at.port = found->at.port;
  return true;
}

std::string socket_opener::open_tcp(address_use use, open_socket& into) {
  const socket_address at{into.at.configured.ip, into.at.configured.port};
  into.tcp = inherited_.claim_tcp(at);
  into.passed = bool{into.tcp};
  if (into.passed)
    return {};
  into.tcp = bind_tcp(at, use);
  if (!into.tcp || (listens_ && ::listen(into.tcp.get(), stream_backlog) != 0))
    return last_error();
  return {};
}

std::string socket_opener::open_dns(address_use use, open_socket& into) {
  auto sockets = dns_view_sockets::open(into.at.configured, inherited_, use);
  if (!sockets)
    return sockets.error();
  if (listens_ && !sockets->passed && !sockets->listen())
    return "TCP: " + last_error();
  into.passed = sockets->passed;
  into.tcp = std::move(sockets->tcp);
  into.udp = std::move(sockets->udp);
  return {};
}

std::string socket_opener::rival(const conf::ip_endpoint& at) const {
  const int error = errno;
  auto other = inherited_.unclaimed_at(at.port);
  for (const auto& parked : parked_)
    if (other.empty() && parked.at.port == at.port)
      other = parked.at.bound().str();
  errno = error;
  return other.empty() ? "" : "; a socket with this port was passed to the hub: " + other;
}

} // namespace fedhub
