#include "actors/dns/dns_view_clients.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// The length before each message (RFC 1035 §4.2.2).
constexpr size_t length_octets = 2;

size_t length_of(const dns_octets& in) { return size_t{in[0]} << 8 | in[1]; }

} // namespace

bool dns_view_clients::has_whole_question(const client& x) {
  return x.in.size() >= length_octets && x.in.size() - length_octets >= length_of(x.in);
}

void dns_view_clients::add(unique_fd fd, const socket_address& from, time_point now) {
  const address_group group{from};
  const auto same = std::ranges::count_if(
    all_, [&](const auto& x) { return address_group{x.second.from} == group; });
  if (static_cast<size_t>(same) >= max_clients_per_address)
    return;
  if (all_.size() >= max_clients)
    make_room();
  const auto number = next_number_++;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = mark_ | number;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd.get(), &event) != 0)
    return;
  client fresh;
  fresh.fd = std::move(fd);
  fresh.from = from;
  fresh.last = now;
  fresh.watched = event.events;
  all_.emplace(number, std::move(fresh));
}

void dns_view_clients::make_room() {
  all_.erase(std::ranges::min_element(all_, {}, [](const auto& x) {
    return std::pair{x.second.under_way > 0, x.second.last};
  }));
}

void dns_view_clients::on_ready(uint64_t number, bool broken, time_point now) {
  const auto all = all_.find(number);
  if (all == all_.end())
    return;
  if (broken || !write(all->second, now) || !read(all->second))
    all_.erase(all);
}

/// Reads while there is room for a question. @returns false if the connection has failed.
bool dns_view_clients::read(client& client) {
  while (may_ask(client) && !client.ended
         && client.in.size() < length_octets + max_question_octets) {
    std::array<uint8_t, length_octets + max_question_octets> buffer;
    const auto room = buffer.size() - client.in.size();
    const auto n = ::recv(client.fd.get(), buffer.data(), room, 0);
    if (n < 0)
      return would_block(errno) || errno == EINTR;
    if (n == 0)
      client.ended = true;
    client.in.insert(client.in.end(), buffer.begin(), buffer.begin() + n);
    if (static_cast<size_t>(n) < room)
      break;
  }
  return client.in.size() < length_octets || length_of(client.in) <= max_question_octets;
}

/// Writes what is queued. @returns false if the connection has failed.
bool dns_view_clients::write(client& client, time_point now) {
  while (!client.out.empty()) {
    const auto n = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (n < 0)
      return would_block(errno) || errno == EINTR;
    client.out.erase(client.out.begin(), client.out.begin() + n);
    if (client.out.empty())
      client.last = now;
  }
  return true;
}

std::optional<dns_octets> dns_view_clients::next_question(uint64_t number, time_point now) {
  const auto found = all_.find(number);
  if (found == all_.end())
    return {};
  auto& client = found->second;
  if (!may_ask(client) || !has_whole_question(client)) {
    settle(found);
    return {};
  }
  const auto begin = client.in.begin() + length_octets;
  const auto end = begin + static_cast<ptrdiff_t>(length_of(client.in));
  dns_octets result{begin, end};
  client.in.erase(client.in.begin(), end);
  client.last = now;
  ++client.under_way;
  return result;
}

void dns_view_clients::put_back(uint64_t number, const dns_octets& question, time_point again) {
  const auto found = all_.find(number);
  if (found == all_.end())
    return;
  auto& client = found->second;
  --client.under_way;
  client.again = again;
  client.in.insert(client.in.begin(), question.begin(), question.end());
  client.in.insert(client.in.begin(), {static_cast<uint8_t>(question.size() >> 8),
                                       static_cast<uint8_t>(question.size())});
  settle(found);
}

void dns_view_clients::answer(uint64_t number, const dns_octets& octets, time_point now) {
  const auto found = all_.find(number);
  if (found == all_.end())
    return;
  auto& client = found->second;
  --client.under_way;
  if (!octets.empty()) {
    client.out.push_back(static_cast<uint8_t>(octets.size() >> 8));
    client.out.push_back(static_cast<uint8_t>(octets.size()));
    client.out.insert(client.out.end(), octets.begin(), octets.end());
  }
  if (!write(client, now))
    all_.erase(found);
  else
    settle(found);
}

/// Tells epoll which events the client waits for. Closes a client that is done.
void dns_view_clients::settle(clients_map::iterator found) {
  auto& client = found->second;
  if (client.ended && client.under_way == 0 && client.out.empty() && !client.again
      && !has_whole_question(client)) {
    all_.erase(found);
    return;
  }
  const uint32_t reading =
    may_ask(client) && !client.ended && !has_whole_question(client) ? uint32_t{EPOLLIN} : 0;
  const uint32_t wanted = reading | (client.out.empty() ? 0 : uint32_t{EPOLLOUT});
  if (wanted == client.watched)
    return;
  client.watched = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = mark_ | found->first;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd.get(), &event);
}

std::vector<uint64_t> dns_view_clients::on_time(time_point now) {
  std::vector<uint64_t> result;
  std::erase_if(all_, [&](const auto& x) { return now - x.second.last >= idle_time; });
  for (auto& [number, x] : all_)
    if (x.again && now >= *x.again) {
      x.again.reset();
      result.push_back(number);
    }
  return result;
}

std::optional<dns_view_clients::time_point> dns_view_clients::next_time() const {
  std::optional<time_point> result;
  for (const auto& [number, x] : all_) {
    auto next = x.last + idle_time;
    if (x.again)
      next = std::min(next, *x.again);
    result = result ? std::min(*result, next) : next;
  }
  return result;
}

const socket_address* dns_view_clients::peer(uint64_t number) const {
  const auto found = all_.find(number);
  return found == all_.end() ? nullptr : &found->second.from;
}

} // namespace fedhub
