#include "actors/dns/dns_channel.hpp"

#include <ares.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

namespace {

using clock = std::chrono::steady_clock;

/// Attempts per server and question. c-ares doubles the wait with each attempt, so three attempts
/// take 1 + 2 + 4 = 7 units.
constexpr int tries = 3;
constexpr int units = 7;

/// The size of UDP answers that the hub announces (EDNS, RFC 6891). It fits every path without
/// fragments.
constexpr int udp_answer_octets = 1232;

/// Rounds through the sockets in one turn, so that other actors get their turn. Each round reads
/// all that a UDP socket has.
constexpr int max_rounds = 1024;

dns_answer failed(dns_answer::kind what, std::string detail) {
  dns_answer result;
  result.what = what;
  result.detail = std::move(detail);
  return result;
}

/// Returns the answer if the library reports only a status, without a message.
dns_answer answer_of(int status, const dns_question& question) {
  switch (status) {
  case ARES_ENODATA:
    return failed(dns_answer::kind::no_data, "no records for " + question.str());
  case ARES_ENOTFOUND:
  case ARES_EBADNAME: // too long to be asked for: nobody can own it
    return failed(dns_answer::kind::no_name, "NXDOMAIN for " + question.str());
  case ARES_ETIMEOUT:
    return failed(dns_answer::kind::timed_out, "no answer for " + question.str());
  case ARES_ECONNREFUSED: // the library's error after it has tried all servers
    return failed(dns_answer::kind::failed, "no DNS server could answer for " + question.str());
  default: {
    auto result = failed(dns_answer::kind::failed,
                         std::string{ares_strerror(status)} + " for " + question.str());
    result.server_failed = status == ARES_ESERVFAIL;
    return result;
  }
  }
}

/// Returns the addresses of a given name. The TTL is the least one of the records that led to them.
dns_answer answer_of(const ares_addrinfo& info, const dns_question& question) {
  dns_answer result;
  auto keep_at_most = [&](int ttl) {
    std::chrono::seconds limit{std::max(ttl, 0)};
    result.ttl = result.ttl ? std::min(*result.ttl, limit) : limit;
  };
  for (const auto* nodes = info.nodes; nodes != nullptr; nodes = nodes->ai_next) {
    if (nodes->ai_family != AF_INET && nodes->ai_family != AF_INET6)
      continue;
    auto& address =
      result.addresses.emplace_back(nodes->ai_addr, static_cast<socklen_t>(nodes->ai_addrlen));
    address.port(0);
    keep_at_most(nodes->ai_ttl);
  }
  if (result.addresses.empty())
    return answer_of(ARES_ENODATA, question);
  for (const auto* x = info.cnames; x != nullptr; x = x->next)
    keep_at_most(x->ttl);
  result.what = dns_answer::kind::records;
  return result;
}

/// Sets the servers and their ports. @returns the library's status.
int set_servers(ares_channel channel, const std::vector<socket_address>& servers) {
  std::vector<ares_addr_port_node> nodes(servers.size());
  for (size_t i = 0; i < servers.size(); ++i) {
    auto& node = nodes[i];
    node = {};
    node.family = servers[i].family();
    if (node.family == AF_INET)
      node.addr.addr4 = reinterpret_cast<const sockaddr_in*>(servers[i].data())->sin_addr;
    else
      std::memcpy(&node.addr.addr6,
                  &reinterpret_cast<const sockaddr_in6*>(servers[i].data())->sin6_addr,
                  sizeof node.addr.addr6);
    node.udp_port = node.tcp_port = servers[i].port();
    node.next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
  }
  return ares_set_servers_ports(channel, nodes.data());
}

/// Returns how many servers the system has configured, at least 1.
size_t count_system_servers() {
  ares_channel probe = nullptr;
  if (ares_init(&probe) != ARES_SUCCESS)
    return 1;
  size_t result = 0;
  ares_addr_port_node* servers = nullptr;
  if (ares_get_servers_ports(probe, &servers) == ARES_SUCCESS) {
    for (const auto* x = servers; x != nullptr; x = x->next)
      ++result;
    ares_free_data(servers);
  }
  ares_destroy(probe);
  return std::max<size_t>(result, 1);
}

} // namespace

struct dns_channel::pending {
  dns_channel* channel;
  dns_question question;
  clock::time_point asked = clock::now();
  uint64_t number = 0; ///< see `dns_pace`.
  bool urgent = true;
  bool repeated = false; ///< asked a second time, after a SERVFAIL.
};

/// Callbacks for the C library. None throws, and none calls the library again.
struct dns_channel::io {
  static dns_channel& self(void* data) { return *static_cast<dns_channel*>(data); }

  static void on_message(void* data, int status, int, unsigned char* message, int size) {
    std::unique_ptr<pending> asked{static_cast<pending*>(data)};
    if (status == ARES_EDESTRUCTION)
      return;
    auto& channel = *asked->channel;
    auto result = message != nullptr && size > 0
                    ? read_dns_answer({message, static_cast<size_t>(size)}, asked->question)
                    : answer_of(status, asked->question);
    result.secure = result.secure && channel.validating_;
    channel.answer(std::move(asked), std::move(result));
  }

  static void on_addresses(void* data, int status, int, ares_addrinfo* info) {
    std::unique_ptr<pending> asked{static_cast<pending*>(data)};
    std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned{info, &ares_freeaddrinfo};
    if (status == ARES_EDESTRUCTION)
      return;
    auto& channel = *asked->channel;
    auto result = status == ARES_SUCCESS && info != nullptr ? answer_of(*info, asked->question)
                                                            : answer_of(status, asked->question);
    channel.answer(std::move(asked), std::move(result));
  }

  static ares_socket_t open(int family, int type, int protocol, void* data) {
    return self(data).sockets_.open(family, type, protocol, clock::now());
  }

  static int connect(ares_socket_t fd, const sockaddr* to, ares_socklen_t size, void* data) {
    return self(data).sockets_.connect(fd, to, size);
  }

  static int close(ares_socket_t fd, void* data) {
    self(data).sockets_.close(fd, clock::now());
    return 0;
  }

  static ares_ssize_t receive(ares_socket_t fd, void* to, size_t size, int flags, sockaddr* from,
                              ares_socklen_t* from_size, void* data) {
    return self(data).sockets_.receive(fd, to, size, flags, from, from_size);
  }

  static ares_ssize_t send(ares_socket_t fd, const iovec* from, int count, void* data) {
    return self(data).sockets_.send(fd, from, count, clock::now());
  }

  static void on_state(void* data, ares_socket_t fd, int, int writable) {
    self(data).sockets_.wants_write(fd, writable != 0);
  }

  static constexpr ares_socket_functions functions{open, close, connect, receive, send};
};

dns_channel::dns_channel(network_loop& loop, std::function<ready_sink_actor()> owner,
                         const dns_channel_options& options)
  : sockets_(loop, std::move(owner), options.timeout), validating_(options.validating) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  auto servers = options.servers.empty() ? count_system_servers() : options.servers.size();
  ares_options settings{};
  // The refusal of a single server is passed on as it is. If there are several servers, the next
  // one is asked.
  settings.flags = ARES_FLAG_EDNS | (servers == 1 ? ARES_FLAG_NOCHECKRESP : 0);
  // Nine tenths of the time-out, so that the library ends a question before the resolver does, and
  // its result is kept.
  auto unit = options.timeout.count() * 9 / 10 / (units * static_cast<int64_t>(servers));
  settings.timeout = static_cast<int>(std::max<int64_t>(unit, 1));
  settings.tries = tries;
  settings.ednspsz = udp_answer_octets;
  settings.sock_state_cb = io::on_state;
  settings.sock_state_cb_data = this;
  auto status = library != ARES_SUCCESS
                  ? library
                  : ares_init_options(&channel_, &settings,
                                      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES
                                        | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB);
  if (status == ARES_SUCCESS && !options.servers.empty())
    status = set_servers(channel_, options.servers);
  if (status != ARES_SUCCESS) {
    unusable_ = std::string{"DNS cannot be used: "} + ares_strerror(status);
    if (channel_ != nullptr)
      ares_destroy(std::exchange(channel_, nullptr));
    return;
  }
  ares_set_socket_functions(channel_, &io::functions, this);
}

dns_channel::~dns_channel() {
  if (channel_ != nullptr)
    ares_destroy(channel_);
}

void dns_channel::ask(dns_question question, bool urgent) {
  auto asked = std::make_unique<pending>();
  asked->channel = this;
  asked->question = std::move(question);
  asked->urgent = urgent;
  (urgent ? urgent_ : waiting_).push_back(std::move(asked));
  pump();
}

void dns_channel::hurry(const std::function<bool(const dns_question&)>& wanted) {
  auto rest =
    std::ranges::stable_partition(waiting_, [&](auto& x) { return !wanted(x->question); });
  if (rest.empty())
    return;
  std::ranges::move(rest, std::back_inserter(urgent_));
  waiting_.erase(rest.begin(), rest.end());
  pump();
}

void dns_channel::start(std::unique_ptr<pending> pending) {
  ++in_flight_;
  pending->number = pace_.sent(clock::now());
  if (channel_ == nullptr) {
    auto detail = unusable_;
    return answer(std::move(pending), failed(dns_answer::kind::failed, std::move(detail)));
  }
  if (validating_ && pending->question.type != dns_type::host)
    return send(std::move(pending));
  auto* raw =
    pending.release(); // the callback owns it from here on; it may run before the call returns
  if (raw->question.type == dns_type::host) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT; // sorting would connect sockets to find source addresses
    ares_getaddrinfo(channel_, raw->question.name.c_str(), nullptr, &hints, io::on_addresses, raw);
  } else {
    ares_query(channel_, raw->question.name.c_str(), dns_number::class_in,
               static_cast<int>(raw->question.type), io::on_message, raw);
  }
}

/// Sends a question with the AD bit set, which asks the server to report whether the answer is
/// secure (RFC 6840 §5.7). The library has no flag for it, so the query is made here, by the
/// library's own function. EDNS's DO bit would do as well, but it makes the server send all
/// signatures.
void dns_channel::send(std::unique_ptr<pending> pending) {
  constexpr int ad_position = 3;
  constexpr unsigned char ad_bit = 0x20;
  unsigned char* query = nullptr;
  int size = 0;
  uint16_t id = 0;
  // The id is one of the two secrets that a forger has to guess. Without a random id nothing may be
  // asked.
  auto status = RAND_bytes(reinterpret_cast<unsigned char*>(&id), sizeof id) != 1
                  ? ARES_ENOTINITIALIZED
                  : ares_create_query(pending->question.name.c_str(), dns_number::class_in,
                                      static_cast<int>(pending->question.type), id, 1, &query,
                                      &size, udp_answer_octets);
  std::unique_ptr<unsigned char, decltype(&ares_free_string)> owned{
    query, [](void* octets) { ares_free_string(octets); }};
  if (status != ARES_SUCCESS) {
    auto result = answer_of(status, pending->question);
    return answer(std::move(pending), std::move(result));
  }
  query[ad_position] |= ad_bit;
  ares_send(channel_, query, size, io::on_message, pending.release());
}

void dns_channel::start_waiting() {
  start_waiting(urgent_, true);
  start_waiting(waiting_, false);
}

void dns_channel::start_waiting(queue& from, bool urgent) {
  while (!from.empty() && may_start(urgent)) {
    auto question = std::move(from.front());
    from.pop_front();
    start(std::move(question));
  }
}

void dns_channel::on_ready(int fd) {
  if (sockets_.news(fd))
    pump();
}

void dns_channel::on_time() {
  pace_.on_time(clock::now());
  if (channel_ != nullptr)
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  pump();
}

/// Reads and writes until the kernel has no more. The network loop is edge-triggered, but the
/// library reads a TCP connection once per call, and writes only when it is told to.
void dns_channel::pump() {
  if (channel_ == nullptr)
    return start_waiting();
  for (int round = 0; round < max_rounds; ++round) {
    start_waiting();
    auto turn = sockets_.next();
    if (!turn)
      return;
    ares_process_fd(channel_, turn->read ? turn->fd : ARES_SOCKET_BAD,
                    turn->write ? turn->fd : ARES_SOCKET_BAD);
  }
}

void dns_channel::answer(std::unique_ptr<pending> pending, dns_answer answer) {
  --in_flight_;
  const auto now = clock::now();
  pace_.answered(pending->number, now);
  // If there are several servers, the library has asked them all. A server's fault may be over a
  // moment later.
  if (answer.server_failed && !std::exchange(pending->repeated, true))
    return (pending->urgent ? urgent_ : waiting_).push_back(std::move(pending)); // `pump` goes on
  auto time = std::chrono::duration_cast<std::chrono::microseconds>(now - pending->asked);
  answers_.push_back({std::move(pending->question), std::move(answer), time});
}

std::vector<dns_channel::answered> dns_channel::take_answers() {
  return std::exchange(answers_, {});
}

} // namespace fedhub
