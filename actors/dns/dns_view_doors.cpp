#include "actors/dns/dns_view_doors.hpp"

#include <sys/epoll.h>

#include <utility>

namespace fedhub {

void dns_view_doors::open(uint64_t id, dns_view_sockets sockets) {
  watch(sockets.udp.get(), udp_mark_ | id);
  watch(sockets.tcp.get(), tcp_mark_ | id);
  all_.insert_or_assign(id, door{std::move(sockets)});
}

void dns_view_doors::close(uint64_t id, bool given_back, time_point now) {
  const auto found = all_.find(id);
  if (found == all_.end())
    return;
  auto& [sockets, end] = found->second;
  end = now;
  if (given_back)
    return;
  share_address(sockets.tcp.get(), true);
  share_address(sockets.udp.get(), true);
  ignore_new_connections(sockets.tcp.get());
  *end += farewell;
}

std::optional<int> dns_view_doors::udp(uint64_t id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? std::nullopt : std::optional{found->second.sockets.udp.get()};
}

std::optional<int> dns_view_doors::tcp(uint64_t id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? std::nullopt : std::optional{found->second.sockets.tcp.get()};
}

void dns_view_doors::watch_tcp(bool on) {
  for (const auto& [id, door] : all_)
    if (on)
      watch(door.sockets.tcp.get(), tcp_mark_ | id);
    else
      forget(door.sockets.tcp.get());
}

std::optional<dns_view_doors::time_point> dns_view_doors::next_time() const {
  std::optional<time_point> result;
  for (const auto& [id, door] : all_)
    if (door.end && (!result || *door.end < *result))
      result = door.end;
  return result;
}

void dns_view_doors::on_time(time_point now) {
  for (auto at = all_.begin(); at != all_.end();)
    if (at->second.end && *at->second.end <= now) {
      // Closing is not enough: the same socket may be open at another descriptor.
      forget(at->second.sockets.udp.get());
      forget(at->second.sockets.tcp.get());
      at = all_.erase(at);
    } else {
      ++at;
    }
}

void dns_view_doors::watch(int fd, uint64_t data) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = data;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void dns_view_doors::forget(int fd) const { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

} // namespace fedhub
