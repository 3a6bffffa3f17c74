#include "actors/dns/dns_view_server.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "actors/dns/dns_forwarder.hpp"
#include "actors/dns/dns_view_clients.hpp"
#include "actors/dns/dns_view_limiter.hpp"
#include "actors/dns/dns_view_upstream.hpp"
#include "actors/log/peer_log.hpp"
#include "conf/file/dns_view_defaults.hpp"
#include "protocol/dns/dns_view.hpp"

namespace fedhub {

/// The part of the configuration that the view obeys.
struct dns_view_rules {
  dns_view view;
  std::vector<ip_network> clients;
  std::shared_ptr<const dns_forwarder::servers> upstream;
};

namespace {

using time_point = std::chrono::steady_clock::time_point;

/// Datagrams or connections that are taken from one socket in a turn.
constexpr int takes_per_turn = 64;
/// The longest datagram read. A longer one is no question; cut off, it is malformed.
constexpr size_t max_datagram = 4096;
/// How long a TCP client waits after it has used up its tokens.
constexpr std::chrono::milliseconds client_pause{100};
/// How long no connection is accepted after the process ran out of descriptors.
constexpr std::chrono::milliseconds accept_pause{200};

/// The kind of a descriptor, in the upper octet of its `epoll_event::data`.
enum mark : uint64_t {
  wake_mark = 1ULL << 56,
  udp_mark = 2ULL << 56,
  tcp_mark = 3ULL << 56,
  client_mark = 4ULL << 56,
  upstream_mark = 5ULL << 56,
};
constexpr uint64_t mark_bits = 0xffULL << 56;

/// The settings of the server.
dns_view_rules make_rules(const conf::config& config, const std::vector<uint16_t>& nodes_ports) {
  const auto address = conf::dns_view_address(config).value_or(ip_address{});
  const auto listener = std::min(conf::dns_view_listener(config), nodes_ports.size() - 1);
  return {dns_view{config.dns_view.name.str(), address.octets(), nodes_ports.at(listener),
                   static_cast<uint32_t>(config.dns_view.ttl.count())},
          conf::dns_view_clients(config),
          std::make_shared<const dns_forwarder::servers>(
            dns_forwarder::servers{dns_view_upstream(config), config.dns.timeout})};
}

} // namespace

class dns_view_server::service {
public:
  service(std::vector<dns_view_sockets> sockets, std::vector<uint16_t> nodes_ports,
          const conf::config& config, const hub_metrics& metrics)
    : sockets_(std::move(sockets)), nodes_ports_(std::move(nodes_ports)), metrics_(metrics),
      rules_(make_rules(config, nodes_ports_)) {
    watch(wake_.get(), wake_mark);
    for (size_t i = 0; i < sockets_.size(); ++i) {
      watch(sockets_[i].udp.get(), udp_mark | i);
      watch(sockets_[i].tcp.get(), tcp_mark | i);
    }
    thread_ = std::thread{[this] { run(); }};
  }

  ~service() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake();
    thread_.join();
  }

  void apply(std::shared_ptr<const conf::config> config) {
    {
      const std::lock_guard lock{mutex_};
      next_ = std::move(config);
    }
    wake();
  }

private:
  /// The receiver of an answer.
  struct asker {
    size_t socket = 0;                ///< UDP.
    datagram_origin origin{};         ///< UDP.
    std::optional<uint64_t> client{}; ///< TCP.
  };

  void wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const auto ignored = ::write(wake_.get(), &one, sizeof one);
  }

  void watch(int fd, uint64_t data) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = data;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  void run() {
    std::array<epoll_event, 64> events;
    while (true) {
      const int n = ::epoll_wait(epoll_.get(), events.data(), events.size(), wait_time());
      const auto now = std::chrono::steady_clock::now();
      for (int i = 0; i < std::max(n, 0); ++i)
        if (!dispatch(events[static_cast<size_t>(i)], now))
          return;
      on_time(now);
    }
  }

  /// Handles one event. @returns false if the server has to stop.
  bool dispatch(const epoll_event& event, time_point now) {
    const uint64_t data = event.data.u64;
    const auto number = data & ~mark_bits;
    switch (data & mark_bits) {
    case wake_mark:
      return on_wake();
    case udp_mark:
      on_datagrams(number, now);
      break;
    case tcp_mark:
      on_connections(number, now);
      break;
    case client_mark:
      clients_.on_ready(number, (event.events & (EPOLLERR | EPOLLHUP)) != 0, now);
      on_client(number, now);
      break;
    case upstream_mark:
      forwarder_.on_ready(number, now);
      pass_back(now);
      break;
    default:
      break;
    }
    return true;
  }

  bool on_wake() {
    uint64_t count = 0;
    [[maybe_unused]] const auto ignored = ::read(wake_.get(), &count, sizeof count);
    std::shared_ptr<const conf::config> next;
    {
      const std::lock_guard lock{mutex_};
      if (stopping_)
        return false;
      next = std::exchange(next_, nullptr);
    }
    if (next) {
      rules_ = make_rules(*next, nodes_ports_);
      clients_.keep([this](const socket_address& x) { return is_allowed(x); });
    }
    return true;
  }

  int wait_time() const {
    auto until = forwarder_.next_time();
    for (const auto other : {clients_.next_time(), accepting_again_})
      if (other && (!until || *other < *until))
        until = other;
    if (!until)
      return -1;
    const auto left = *until - std::chrono::steady_clock::now();
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::clamp<int64_t>(ms, 0, 60000));
  }

  void on_time(time_point now) {
    forwarder_.on_time(now);
    pass_back(now);
    for (const auto number : clients_.on_time(now))
      on_client(number, now);
    if (accepting_again_ && now >= *accepting_again_) {
      accepting_again_.reset();
      for (size_t i = 0; i < sockets_.size(); ++i)
        watch(sockets_[i].tcp.get(), tcp_mark | i);
    }
  }

  bool is_allowed(const socket_address& address) const {
    const auto ip = address.address();
    return ip && std::ranges::any_of(rules_.clients, [&](auto& net) { return net.contains(*ip); });
  }

  void refuse(const socket_address& from) {
    count(dns_view_result::not_allowed);
    peer_log{
      log_module::hub, "DNS questions not answered", {log_standing::stranger, log_peer(from)}}
      .warn("a DNS question from {} is not answered: the address is not in dns_view.allow",
            fact::address(from.ip()));
  }

  void count(dns_view_result x) { metrics_.dns_view_answers.at(x).Increment(); }

  void on_datagrams(size_t socket, time_point now) {
    const int fd = sockets_[socket].udp.get();
    std::array<uint8_t, max_datagram> buffer;
    for (int i = 0; i < takes_per_turn; ++i) {
      asker from{.socket = socket};
      const auto octets = receive_datagram(fd, buffer, from.origin);
      if (!octets)
        return;
      if (!is_allowed(from.origin.from))
        refuse(from.origin.from);
      else if (!limiter_.take(address_group{from.origin.from}, now))
        count(dns_view_result::limited);
      else
        decide(std::span{buffer}.first(*octets), from, now);
    }
  }

  void on_connections(size_t socket, time_point now) {
    for (int i = 0; i < takes_per_turn; ++i) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      unique_fd fd{::accept4(sockets_[socket].tcp.get(), reinterpret_cast<sockaddr*>(&from), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!fd && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
        return pause_accepting(now);
      if (!fd)
        return;
      const socket_address peer{reinterpret_cast<sockaddr*>(&from), size};
      if (is_allowed(peer))
        clients_.add(std::move(fd), peer, now);
      else
        refuse(peer);
    }
  }

  /// Stops accepting for a while when there are no descriptors. Else a waiting connection would
  /// wake the thread again and again.
  void pause_accepting(time_point now) {
    for (const auto& x : sockets_)
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, x.tcp.get(), nullptr);
    accepting_again_ = now + accept_pause;
  }

  void on_client(uint64_t number, time_point now) {
    while (const auto question = clients_.next_question(number, now)) {
      if (!limiter_.take(address_group{*clients_.peer(number)}, now)) {
        // Over TCP a node that asks too fast has to wait, but loses no question.
        count(dns_view_result::limited);
        clients_.put_back(number, *question, now + client_pause);
        return;
      }
      decide(*question, asker{.client = number}, now);
    }
  }

  void decide(std::span<const uint8_t> message, const asker& from, time_point now) {
    using kind = dns_view_decision::kind;
    const auto how = from.client ? dns_transport::tcp : dns_transport::udp;
    auto decision = rules_.view.decide(message, how);
    switch (decision.what) {
    case kind::forward: {
      const auto ticket = next_ticket_++;
      waiting_.emplace(ticket, from);
      forwarder_.ask(std::move(decision.query), how, ticket, rules_.upstream, now);
      pass_back(now);
      return;
    }
    case kind::ignored:
    case kind::malformed:
      count(dns_view_result::malformed);
      break;
    case kind::refused:
      count(dns_view_result::refused);
      break;
    case kind::records:
      count(dns_view_result::answered);
      break;
    case kind::no_data:
      count(dns_view_result::no_data);
      break;
    }
    send(from, decision.answer, now);
  }

  void send(const asker& to, const dns_octets& answer, time_point now) {
    if (to.client)
      clients_.answer(*to.client, answer, now);
    else if (!answer.empty())
      send_datagram(sockets_[to.socket].udp.get(), answer, to.origin);
  }

  /// Sends the answers from upstream to the askers.
  void pass_back(time_point now) {
    for (const auto& relayed : forwarder_.take_answers()) {
      count(relayed.forwarded ? dns_view_result::forwarded : dns_view_result::failed);
      const auto asker = waiting_.extract(relayed.ticket);
      send(asker.mapped(), relayed.answer, now);
      if (asker.mapped().client)
        more_.push_back(*asker.mapped().client);
    }
    // A client that had too many questions under way may have more to ask. They may be answered at
    // once, and so call this function again.
    if (std::exchange(passing_, true))
      return;
    while (!more_.empty()) {
      const auto number = more_.back();
      more_.pop_back();
      on_client(number, now);
    }
    passing_ = false;
  }

  unique_fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  unique_fd wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::vector<dns_view_sockets> sockets_;
  const std::vector<uint16_t> nodes_ports_;
  const hub_metrics& metrics_;
  dns_view_rules rules_;
  dns_view_limiter limiter_;
  dns_view_clients clients_{epoll_.get(), client_mark};
  dns_forwarder forwarder_{epoll_.get(), upstream_mark};
  /// By ticket; one for each question of the forwarder.
  std::unordered_map<uint64_t, asker> waiting_;
  uint64_t next_ticket_ = 0;
  std::vector<uint64_t> more_; ///< clients that may have more questions.
  bool passing_ = false;
  std::optional<time_point> accepting_again_;
  std::mutex mutex_;
  bool stopping_ = false;                    ///< guarded by `mutex_`.
  std::shared_ptr<const conf::config> next_; ///< guarded by `mutex_`.
  std::thread thread_;
};

dns_view_server::dns_view_server(std::vector<dns_view_sockets> sockets,
                                 std::vector<uint16_t> nodes_ports, const conf::config& config,
                                 const hub_metrics& metrics)
  : service_(
    std::make_unique<service>(std::move(sockets), std::move(nodes_ports), config, metrics)) {}

dns_view_server::~dns_view_server() = default;

void dns_view_server::apply(std::shared_ptr<const conf::config> config) {
  service_->apply(std::move(config));
}

} // namespace fedhub
