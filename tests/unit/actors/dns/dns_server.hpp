// A DNS server on loopback that answers by a test's script, over UDP and TCP.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "metrics/sockets/socket.hpp"
#include "tests/unit/actors/dns/dns_packet.hpp"

namespace fedhub::test {

/// The answer to one question. A question without a script gets NXDOMAIN.
struct dns_script {
  dns_packet answer = {};
  std::optional<dns_packet> over_tcp = {}; ///< by default the same as `answer`.
  int ignored = 0;                         ///< the first questions get no answer: this many.
  bool held = false;                       ///< answered only after `dns_server::release`.
  bool held_over_tcp = false;              ///< only questions over TCP are held.
  octets appended = {};                    ///< octets after the answer.
  octets replaced = {}; ///< octets after header and question, in place of the answer's records.
  bool wrong_id = false;
  /// Like a validating server (RFC 6840 §5.8), sets the AD bit only if the question asks for it.
  bool validating = false;
};

class dns_server {
public:
  static constexpr int for_ever = 1 << 30;
  static constexpr std::chrono::seconds patience{
    20}; ///< before a test fails because the hub does nothing.

  dns_server() {
    for (int i = 0; i < 100 && !udp_; ++i) { // until a port is free for both
      tcp_ = listen_tcp(*socket_address::parse("127.0.0.1", 0));
      address_ = local_address(tcp_.get());
      unique_fd udp{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
      int size = 8 << 20;
      ::setsockopt(udp.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
      if (::bind(udp.get(), address_.data(), address_.size()) == 0)
        udp_ = std::move(udp);
    }
    wake_ = unique_fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    thread_ = std::thread([this] { run(); });
  }
  ~dns_server() {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake();
    thread_.join();
  }

  const socket_address& address() const { return address_; }

  void script(const dns_question& question, dns_script script) {
    std::lock_guard guard{mutex_};
    scripts_[key(question)] = std::move(script);
  }
  void script(const dns_question& question, const dns_packet& answer) {
    script(question, dns_script{.answer = answer});
  }

  /// Returns how often the question came, over both transports.
  int asked(const dns_question& question) {
    std::lock_guard guard{mutex_};
    return counts_[key(question)];
  }
  int questions_over_tcp() {
    std::lock_guard guard{mutex_};
    return questions_over_tcp_;
  }
  void await_over_tcp(int count) {
    std::unique_lock guard{mutex_};
    ASSERT_TRUE(changed_.wait_for(guard, patience, [&] { return questions_over_tcp_ >= count; }));
  }
  int connections() {
    std::lock_guard guard{mutex_};
    return connections_;
  }

  /// Returns the number of datagrams from each source port.
  std::map<uint16_t, int> datagrams_by_port() {
    std::lock_guard guard{mutex_};
    return ports_;
  }

  /// Waits until the question has come `count` times.
  void await(const dns_question& question, int count = 1) {
    std::unique_lock guard{mutex_};
    bool came = changed_.wait_for(guard, patience, [&] { return counts_[key(question)] >= count; });
    ASSERT_TRUE(came) << question.str() << " was not asked";
  }

  /// Answers all held questions, with one write for each connection.
  void release() {
    {
      std::lock_guard guard{mutex_};
      released_ = true;
      for (auto& [name, script] : scripts_)
        script.held = script.held_over_tcp = false;
    }
    wake();
  }

private:
  struct connection {
    unique_fd fd;
    octets in, out;
  };
  struct held_answer {
    octets message;
    sockaddr_storage to{};
    socklen_t to_size = 0;
    connection* over = nullptr;
  };

  static std::string key(const dns_question& x) { return x.str(); }

  void wake() {
    uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(wake_.get(), &one, sizeof one);
  }

  void run() {
    for (;;) {
      std::vector<pollfd> wait{
        {udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      for (const auto& x : connections_open_)
        wait.push_back({x.fd.get(), POLLIN, 0});
      ::poll(wait.data(), wait.size(), -1);
      std::lock_guard guard{mutex_};
      if (stopping_)
        return;
      uint64_t count = 0;
      [[maybe_unused]] auto n = ::read(wake_.get(), &count, sizeof count);
      read_udp();
      for (auto i = connections_open_.begin(); i != connections_open_.end();)
        i = read_tcp(*i) ? std::next(i) : drop(i);
      if (unique_fd fd{::accept4(tcp_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)}) {
        connections_open_.emplace_back().fd = std::move(fd);
        ++connections_;
      }
      if (std::exchange(released_, false))
        send_held();
      changed_.notify_all();
    }
  }

  std::list<connection>::iterator drop(std::list<connection>::iterator i) {
    std::erase_if(held_, [&](const held_answer& x) { return x.over == &*i; });
    return connections_open_.erase(i);
  }

  void read_udp() {
    uint8_t buffer[4096];
    held_answer from;
    for (;;) {
      from.to_size = sizeof from.to;
      auto size = ::recvfrom(udp_.get(), buffer, sizeof buffer, 0,
                             reinterpret_cast<sockaddr*>(&from.to), &from.to_size);
      if (size < 0)
        return;
      const socket_address source{reinterpret_cast<const sockaddr*>(&from.to), from.to_size};
      ++ports_[source.port()];
      handle({buffer, buffer + size}, from);
    }
  }

  bool read_tcp(connection& connection) {
    uint8_t buffer[4096];
    for (;;) {
      auto size = ::read(connection.fd.get(), buffer, sizeof buffer);
      if (size == 0 || (size < 0 && errno != EAGAIN))
        return false;
      if (size < 0)
        break;
      connection.in.insert(connection.in.end(), buffer, buffer + size);
    }
    while (connection.in.size() >= 2) {
      size_t size = static_cast<size_t>(connection.in[0]) << 8 | connection.in[1];
      if (connection.in.size() < size + 2)
        break;
      held_answer from;
      from.over = &connection;
      ++questions_over_tcp_;
      handle({connection.in.begin() + 2, connection.in.begin() + 2 + static_cast<ptrdiff_t>(size)},
             from);
      connection.in.erase(connection.in.begin(),
                          connection.in.begin() + 2 + static_cast<ptrdiff_t>(size));
    }
    flush(connection);
    return true;
  }

  void handle(const octets& query, held_answer from) {
    dns_question question;
    size_t i = 12;
    while (i < query.size() && query[i] != 0) {
      if (!question.name.empty())
        question.name += '.';
      question.name.append(query.begin() + static_cast<ptrdiff_t>(i) + 1,
                           query.begin() + static_cast<ptrdiff_t>(i) + 1 + query[i]);
      i += query[i] + 1u;
    }
    ASSERT_LE(i + 5, query.size());
    question.type = static_cast<dns_type>(query[i + 1] << 8 | query[i + 2]);
    auto id = static_cast<unsigned>(query[0] << 8 | query[1]);
    ++counts_[key(question)];
    auto found = scripts_.find(key(question));
    if (found == scripts_.end()) {
      from.message = dns_packet{dns_packet::nxdomain}.encode(question, id);
      return send(from);
    }
    auto& script = found->second;
    if (script.ignored > 0) {
      --script.ignored;
      return;
    }
    const auto& packet = from.over != nullptr && script.over_tcp ? *script.over_tcp : script.answer;
    from.message = packet.encode(question, script.wrong_id ? id ^ 0x5555 : id);
    if (script.validating && (query[3] & 0x20) != 0)
      from.message[3] |= 0x20;
    if (!script.replaced.empty()) {
      from.message.resize(12 + question.name.size() + 2 + 4);
      from.message.insert(from.message.end(), script.replaced.begin(), script.replaced.end());
    }
    from.message.insert(from.message.end(), script.appended.begin(), script.appended.end());
    if (script.held || (script.held_over_tcp && from.over != nullptr))
      held_.push_back(std::move(from));
    else
      send(from);
  }

  void send(const held_answer& answer) {
    if (answer.over == nullptr) {
      ::sendto(udp_.get(), answer.message.data(), answer.message.size(), 0,
               reinterpret_cast<const sockaddr*>(&answer.to), answer.to_size);
      return;
    }
    put16(answer.over->out, static_cast<unsigned>(answer.message.size()));
    answer.over->out.insert(answer.over->out.end(), answer.message.begin(), answer.message.end());
  }

  void send_held() {
    for (const auto& x : held_)
      send(x);
    held_.clear();
    for (auto& x : connections_open_)
      flush(x);
  }

  static void flush(connection& connection) {
    if (!connection.out.empty()) // small enough for every socket buffer
      [[maybe_unused]]
      auto n =
        ::send(connection.fd.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    connection.out.clear();
  }

  unique_fd udp_, tcp_, wake_;
  socket_address address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, dns_script> scripts_;
  std::map<std::string, int> counts_;
  std::map<uint16_t, int> ports_;
  int questions_over_tcp_ = 0;
  int connections_ = 0;
  std::list<connection> connections_open_;
  std::vector<held_answer> held_;
  bool released_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace fedhub::test
