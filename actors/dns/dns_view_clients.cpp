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
  const auto x = all_.find(number);
  if (x == all_.end())
    return;
  if (broken || !write(x->second, now) || !read(x->second))
    all_.erase(x);
}

/// Reads while there is room for a question. @returns false if the connection has failed.
bool dns_view_clients::read(client& x) {
  while (may_ask(x) && !x.ended && x.in.size() < length_octets + max_question_octets) {
    std::array<uint8_t, length_octets + max_question_octets> buffer;
    const auto room = buffer.size() - x.in.size();
    const auto n = ::recv(x.fd.get(), buffer.data(), room, 0);
    if (n < 0)
      return would_block(errno) || errno == EINTR;
    if (n == 0)
      x.ended = true;
    x.in.insert(x.in.end(), buffer.begin(), buffer.begin() + n);
    if (static_cast<size_t>(n) < room)
      break;
  }
  return x.in.size() < length_octets || length_of(x.in) <= max_question_octets;
}

/// Writes what is queued. @returns false if the connection has failed.
bool dns_view_clients::write(client& x, time_point now) {
  while (!x.out.empty()) {
    const auto n = ::send(x.fd.get(), x.out.data(), x.out.size(), MSG_NOSIGNAL);
    if (n < 0)
      return would_block(errno) || errno == EINTR;
    x.out.erase(x.out.begin(), x.out.begin() + n);
    if (x.out.empty())
      x.last = now;
  }
  return true;
}

std::optional<dns_octets> dns_view_clients::next_question(uint64_t number, time_point now) {
  const auto found = all_.find(number);
  if (found == all_.end())
    return {};
  auto& x = found->second;
  if (!may_ask(x) || !has_whole_question(x)) {
    settle(found);
    return {};
  }
  const auto begin = x.in.begin() + length_octets;
  const auto end = begin + static_cast<ptrdiff_t>(length_of(x.in));
  dns_octets result{begin, end};
  x.in.erase(x.in.begin(), end);
  x.last = now;
  ++x.under_way;
  return result;
}

void dns_view_clients::put_back(uint64_t number, const dns_octets& question, time_point again) {
  const auto found = all_.find(number);
  if (found == all_.end())
    return;
  auto& x = found->second;
  --x.under_way;
  x.again = again;
  x.in.insert(x.in.begin(), question.begin(), question.end());
  x.in.insert(x.in.begin(),
              {static_cast<uint8_t>(question.size() >> 8), static_cast<uint8_t>(question.size())});
  settle(found);
}

void dns_view_clients::answer(uint64_t number, const dns_octets& octets, time_point now) {
  const auto found = all_.find(number);
  if (found == all_.end())
    return;
  auto& x = found->second;
  --x.under_way;
  if (!octets.empty()) {
    x.out.push_back(static_cast<uint8_t>(octets.size() >> 8));
    x.out.push_back(static_cast<uint8_t>(octets.size()));
    x.out.insert(x.out.end(), octets.begin(), octets.end());
  }
  if (!write(x, now))
    all_.erase(found);
  else
    settle(found);
}

/// Tells epoll which events the client waits for. Closes a client that is done.
void dns_view_clients::settle(clients_map::iterator found) {
  auto& x = found->second;
  if (x.ended && x.under_way == 0 && x.out.empty() && !x.again && !has_whole_question(x)) {
    all_.erase(found);
    return;
  }
  const uint32_t reading = may_ask(x) && !x.ended && !has_whole_question(x) ? uint32_t{EPOLLIN} : 0;
  const uint32_t wanted = reading | (x.out.empty() ? 0 : uint32_t{EPOLLOUT});
  if (wanted == x.watched)
    return;
  x.watched = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = mark_ | found->first;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, x.fd.get(), &event);
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
