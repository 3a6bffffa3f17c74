// Questions of the nodes that other DNS servers answer.
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

/// Asks upstream servers, each question from a socket, and so a port, of its own and with an id of
/// its own, both random. What comes from elsewhere, or answers something else, does not count
/// (RFC 5452). A server that is silent, that refuses, or that fails is followed by the next one, or
/// asked once more if there is no other.
///
/// Calls nobody back: the owner fetches answers with `take_answers`. Belongs to one thread, whose
/// epoll instance tells of the sockets.
class dns_forwarder {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Questions under way, and so sockets.
  static constexpr size_t max_questions = 1024;
  /// Servers that one question is sent to, the same one again included.
  static constexpr size_t max_tries = 3;

  /// @param epoll is told of each socket with `mark` and the question's number in `data.u64`.
  dns_forwarder(int epoll, uint64_t mark) : epoll_(epoll), mark_(mark) {}

  /// Whom to ask.
  struct servers {
    std::vector<socket_address> all;         ///< in the order of preference.
    std::chrono::milliseconds timeout{5000}; ///< for a question with its repetitions.
  };

  /// Asks. There is exactly one answer to each call, maybe at once.
  /// @param ticket comes back with the answer.
  void ask(dns_query query, dns_transport how, uint64_t ticket, std::shared_ptr<const servers> whom,
           time_point now);

  /// epoll has news of the socket of this question.
  void on_ready(uint64_t number, time_point now);

  /// Gives up on servers that have taken too long.
  void on_time(time_point now);

  /// When `on_time` is to be called at the latest; nothing: not before the next `ask`.
  std::optional<time_point> next_time() const;

  struct answered {
    uint64_t ticket = 0;
    bool forwarded = false; ///< a server's own; else SERVFAIL.
    dns_octets answer;
  };
  std::vector<answered> take_answers() { return std::exchange(answers_, {}); }

  size_t questions() const { return open_.size(); }

private:
  struct question {
    dns_query query;
    dns_transport how = dns_transport::udp; ///< of the asker.
    uint64_t ticket = 0;
    std::shared_ptr<const servers> whom;
    size_t server = 0; ///< that is being asked.
    size_t tries = 0;
    time_point until;     ///< for all of it.
    time_point try_until; ///< for this server.
    uint16_t id = 0;
    unique_fd fd;
    bool over_tcp = false;
    dns_octets out; ///< TCP: not yet written.
    dns_octets in;  ///< TCP: read so far.
  };
  using questions_map = std::map<uint64_t, question>;

  void try_next(questions_map::iterator x, time_point now);
  bool send(question& x, uint64_t number, bool tcp);
  void read_datagrams(questions_map::iterator x, time_point now);
  void on_stream(questions_map::iterator x, time_point now);
  /// @returns whether the question has come to an end, or is asked elsewhere.
  bool on_answer(questions_map::iterator x, std::span<const uint8_t> message, time_point now);
  void fail(questions_map::iterator x);
  void finish(questions_map::iterator x, bool forwarded, dns_octets answer);

  int epoll_;
  uint64_t mark_;
  uint64_t next_number_ = 0;
  questions_map open_;
  std::vector<answered> answers_;
  /// Room for what a server sends, however much more than was asked for.
  std::vector<uint8_t> datagram_ = std::vector<uint8_t>(UINT16_MAX);
  size_t preferred_ = 0; ///< counts on when the server in question has failed.
};

} // namespace fedhub
