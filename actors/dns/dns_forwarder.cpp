#include "actors/dns/dns_forwarder.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <openssl/rand.h>

#include "metrics/sockets/socket.hpp"
#include "protocol/dns/dns_view.hpp"

namespace fedhub {

namespace {

/// Datagrams that are read for one question in a turn, so that a forger's datagrams do not hold up
/// other questions.
constexpr int datagrams_per_turn = 16;

std::optional<uint16_t> random_id() {
  std::array<unsigned char, 2> octets{};
  if (RAND_bytes(octets.data(), octets.size()) != 1)
    return {};
  return static_cast<uint16_t>(octets[0] << 8 | octets[1]);
}

/// Returns a socket that receives datagrams of this server only. The kernel chooses its port at
/// random (RFC 6056).
unique_fd connect_udp(const socket_address& to) {
  unique_fd fd{::socket(to.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (fd && ::connect(fd.get(), to.data(), to.size()) != 0)
    fd.reset();
  return fd;
}

dns_octets with_length(const dns_octets& message) {
  dns_octets result{static_cast<uint8_t>(message.size() >> 8),
                    static_cast<uint8_t>(message.size())};
  result.insert(result.end(), message.begin(), message.end());
  return result;
}

/// Returns whether this is a failure, after which another server may have an answer.
bool is_failure(dns_rcode x) { return x != dns_rcode::no_error && x != dns_rcode::name_error; }

} // namespace

void dns_forwarder::ask(dns_query query, dns_transport how, uint64_t ticket,
                        std::shared_ptr<const servers> whom, time_point now) {
  question fresh;
  fresh.query = std::move(query);
  fresh.how = how;
  fresh.ticket = ticket;
  fresh.until = now + whom->timeout;
  fresh.server = whom->all.empty() ? 0 : preferred_ % whom->all.size();
  fresh.whom = std::move(whom);
  const bool room = open_.size() < max_questions && !fresh.whom->all.empty();
  const auto at = open_.emplace(next_number_++, std::move(fresh)).first;
  if (room)
    try_next(at, now);
  else
    fail(at);
}

void dns_forwarder::try_next(questions_map::iterator at, time_point now) {
  auto& question = at->second;
  const auto& all = question.whom->all;
  while (question.tries < max_tries && now < question.until) {
    if (question.tries++ > 0) {
      // The next question begins with another server, too.
      if (preferred_ % all.size() == question.server)
        ++preferred_;
      question.server = (question.server + 1) % all.size();
    }
    question.try_until =
      std::min(question.until, now + question.whom->timeout / static_cast<int>(max_tries));
    if (send(question, at->first, false))
      return;
  }
  fail(at);
}

/// Sends the question from a new socket. @returns false if this fails.
bool dns_forwarder::send(question& question, uint64_t number, bool tcp) {
  const auto id = random_id();
  const auto& to = question.whom->all.at(question.server);
  // This closes the old socket, which also removes it from epoll.
  question.fd = tcp ? connect_tcp(to) : connect_udp(to);
  if (!question.fd || !id)
    return false;
  question.id = *id;
  question.over_tcp = tcp;
  question.in.clear();
  const auto message = forwarded_question(question.query, question.id);
  question.out = tcp ? with_length(message) : dns_octets{};
  epoll_event event{};
  event.events = tcp ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = mark_ | number;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, question.fd.get(), &event) != 0)
    return false;
  return tcp
         || ::send(question.fd.get(), message.data(), message.size(), MSG_NOSIGNAL)
              == static_cast<ssize_t>(message.size());
}

void dns_forwarder::on_ready(uint64_t number, time_point now) {
  const auto at = open_.find(number);
  if (at == open_.end())
    return; // the question ended in the same turn
  if (at->second.over_tcp)
    on_stream(at, now);
  else
    read_datagrams(at, now);
}

void dns_forwarder::read_datagrams(questions_map::iterator at, time_point now) {
  for (int i = 0; i < datagrams_per_turn; ++i) {
    const auto n = ::recv(at->second.fd.get(), datagram_.data(), datagram_.size(), 0);
    if (n < 0 && (would_block(errno) || errno == EINTR))
      return;
    if (n < 0) // for example "port unreachable"
      return try_next(at, now);
    if (on_answer(at, std::span{datagram_}.first(static_cast<size_t>(n)), now))
      return;
  }
}

void dns_forwarder::on_stream(questions_map::iterator at, time_point now) {
  auto& question = at->second;
  const int fd = question.fd.get();
  while (!question.out.empty()) {
    const auto n = ::send(fd, question.out.data(), question.out.size(), MSG_NOSIGNAL);
    if (n < 0 && (would_block(errno) || errno == EINTR))
      return;
    if (n < 0)
      return try_next(at, now);
    question.out.erase(question.out.begin(), question.out.begin() + n);
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = mark_ | at->first;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
  // Reads the length of two octets, then exactly so many octets.
  while (true) {
    auto& in = question.in;
    const size_t whole = in.size() < 2 ? 2 : 2 + (size_t{in[0]} << 8 | in[1]);
    // Right after the length this is true only if the length is 0.
    if (in.size() == whole) {
      const auto message = std::exchange(in, {});
      if (!on_answer(at, std::span{message}.subspan(2), now))
        try_next(at, now);
      return;
    }
    const auto had = in.size();
    in.resize(whole);
    const auto n = ::recv(fd, in.data() + had, whole - had, 0);
    in.resize(had + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && (would_block(errno) || errno == EINTR))
      return;
    if (n <= 0)
      return try_next(at, now);
  }
}

bool dns_forwarder::on_answer(questions_map::iterator at, std::span<const uint8_t> message,
                              time_point now) {
  auto& question = at->second;
  if (!is_answer_to(message, question.query, question.id))
    return false;
  if (is_truncated(message) && !question.over_tcp && question.how == dns_transport::tcp) {
    question.try_until = question.until;
    if (!send(question, at->first, true))
      try_next(at, now);
    return true;
  }
  const bool others = question.tries < std::min(max_tries, question.whom->all.size());
  if (is_failure(rcode_of(message)) && others) {
    try_next(at, now);
    return true;
  }
  auto answer = relayed_answer(message, question.query, question.how);
  if (!answer)
    try_next(at, now);
  else
    finish(at, true, std::move(*answer));
  return true;
}

void dns_forwarder::on_time(time_point now) {
  for (auto at = open_.begin(); at != open_.end();) {
    const auto current = at++; // `try_next` may erase it
    if (now >= current->second.try_until)
      try_next(current, now);
  }
}

std::optional<dns_forwarder::time_point> dns_forwarder::next_time() const {
  if (open_.empty())
    return {};
  return std::ranges::min_element(open_, {}, [](auto& x) { return x.second.try_until; })
    ->second.try_until;
}

void dns_forwarder::fail(questions_map::iterator at) {
  auto answer = dns_error_answer(at->second.query, dns_rcode::server_failure);
  finish(at, false, std::move(answer));
}

void dns_forwarder::finish(questions_map::iterator at, bool forwarded, dns_octets answer) {
  answers_.push_back({at->second.ticket, forwarded, std::move(answer)});
  open_.erase(at);
}

} // namespace fedhub
