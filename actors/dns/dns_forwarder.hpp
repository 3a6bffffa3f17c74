// Forwards the nodes' questions to other DNS servers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "metrics/sockets/socket.hpp"
#include "protocol/dns/dns_relay.hpp"

namespace fedhub {

/// Asks upstream servers. Each question has a socket, and so a port, and an id of its own; both are
/// random. A datagram from another address, or to another question, is ignored (RFC 5452). If a
/// server is silent or unreachable, the next one is asked, or the same one if there is no other, at
/// most `max_tries` times in all. If a server answers with a failure, the next one is asked as long
/// as there is one that was not asked yet.
///
/// Has no callbacks: the owner fetches answers with `take_answers`. Belongs to one thread, whose
/// epoll instance reports the sockets' events.
class dns_forwarder {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Questions under way. Each has one socket.
  static constexpr size_t max_questions = 1024;
  /// Attempts for one question, those with the same server included.
  static constexpr size_t max_tries = 3;

  /// @param epoll gets each socket, with `mark` and the question's number in `data.u64`.
  dns_forwarder(int epoll, uint64_t mark) : epoll_(epoll), mark_(mark) {}

  /// The upstream servers.
  struct servers {
    std::vector<socket_address> all;         ///< in the order of preference.
    std::chrono::milliseconds timeout{5000}; ///< for a question and its repetitions.
  };

  /// Asks a question. Each call gets exactly one answer, possibly before it returns.
  void ask(dns_query query, dns_transport how, uint64_t ticket, std::shared_ptr<const servers> whom,
           time_point now);

  /// Handles an event of the socket of this question.
  void on_ready(uint64_t number, time_point now);

  /// Gives up on servers whose time is over, and goes on to the next one.
  void on_time(time_point now);

  /// Returns when `on_time` has to be called; nothing if there are no questions.
  std::optional<time_point> next_time() const;

  struct answered {
    uint64_t ticket = 0;
    bool forwarded = false; ///< the answer of a server; else SERVFAIL, made here.
    dns_octets answer;
  };
  std::vector<answered> take_answers() { return std::exchange(answers_, {}); }

  size_t questions() const { return open_.size(); }

private:
  struct question {
    dns_query query;
    dns_transport how = dns_transport::udp; ///< how the node asked.
    uint64_t ticket = 0;
    std::shared_ptr<const servers> whom;
    size_t server = 0; ///< the index of the server that is being asked.
    size_t tries = 0;
    time_point until;     ///< the deadline of the question.
    time_point try_until; ///< the deadline of this attempt.
    uint16_t id = 0;
    unique_fd fd;
    bool over_tcp = false;
    dns_octets out; ///< TCP: not yet written.
    dns_octets in;  ///< TCP: read so far.
  };
  using questions_map = std::map<uint64_t, question>;

  void try_next(questions_map::iterator at, time_point now);
  bool send(question& question, uint64_t number, bool tcp);
  void read_datagrams(questions_map::iterator at, time_point now);
  void on_stream(questions_map::iterator at, time_point now);
  /// @returns whether the question has ended, or was sent to another server.
  bool on_answer(questions_map::iterator at, std::span<const uint8_t> message, time_point now);
  void fail(questions_map::iterator at);
  void finish(questions_map::iterator at, bool forwarded, dns_octets answer);

  int epoll_;
  uint64_t mark_;
  uint64_t next_number_ = 0;
  questions_map open_;
  std::vector<answered> answers_;
  /// Room for the largest datagram, even if the server sends more than was announced.
  std::vector<uint8_t> datagram_ = std::vector<uint8_t>(UINT16_MAX);
  /// Index of the server to begin with, modulo their number. Grows when that server fails.
  size_t preferred_ = 0;
};

} // namespace fedhub
