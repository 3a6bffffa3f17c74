// The c-ares channel, driven by the hub's own network loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "actors/dns/dns_message.hpp"
#include "actors/dns/dns_pace.hpp"
#include "actors/dns/dns_sockets.hpp"

struct ares_channeldata;

namespace fedhub {

struct dns_channel_options {
  /// If empty, the system's servers (/etc/resolv.conf, read once).
  std::vector<socket_address> servers;
  std::chrono::milliseconds timeout{5000}; ///< for one question and its repetitions.
  /// The servers check DNSSEC, and nobody can forge their answers. Then the hub asks them whether
  /// answers are secure, and believes them. Else no answer counts as secure.
  bool validating = false;
};

/// Asks DNS servers many questions at a time, by UDP, and by TCP where an answer was truncated. It
/// has no callbacks: after each call that may have brought answers, the owner fetches them with
/// `take_answers`.
///
/// Belongs to one actor, which makes all calls. The network loop reports the sockets to that actor.
class dns_channel {
public:
  /// Questions that wait for a server's answer at a time; the others wait in this class. c-ares
  /// tells them apart by an id of 16 bits: with fewer ids in use, a forged answer is less likely to
  /// hit one.
  static constexpr size_t max_in_flight = 4096;
  /// One part in `urgent_part` of `max_in_flight`, and of the bound of `dns_pace`, is reserved for
  /// urgent questions.
  static constexpr size_t urgent_part = dns_pace::urgent_part;

  /// @param owner makes the handle of the owning actor, for the network loop. A handle stored here
  /// would keep the actor alive for ever.
  dns_channel(network_loop& loop, std::function<ready_sink_actor()> owner,
              const dns_channel_options& options);
  ~dns_channel(); ///< forgets unanswered questions.
  dns_channel(const dns_channel&) = delete;
  dns_channel& operator=(const dns_channel&) = delete;

  /// Asks a question. Each call gets exactly one answer, possibly before it returns.
  /// @param urgent goes before all questions that are not urgent, and has room reserved for it.
  void ask(dns_question question, bool urgent = true);

  /// Makes the questions urgent that wait in this class and for which `wanted` returns true.
  void hurry(const std::function<bool(const dns_question&)>& wanted);

  /// Handles an event of the network loop for one of the sockets. Ignores other descriptors.
  void on_ready(int fd);

  /// Repeats questions, and gives up those whose time is over. Call it every few tens of
  /// milliseconds while there are open questions.
  void on_time();

  struct answered {
    dns_question question;
    dns_answer answer;
    std::chrono::microseconds time; ///< since `ask`.
  };
  std::vector<answered> take_answers();

  /// Returns how many questions have no answer yet.
  size_t open_questions() const { return in_flight_ + urgent_.size() + waiting_.size(); }

private:
  struct pending;
  struct io; // the C library's view of this class

  using queue = std::deque<std::unique_ptr<pending>>;

  bool may_start(bool urgent) const {
    return in_flight_ < (urgent ? max_in_flight : max_in_flight - max_in_flight / urgent_part)
           && pace_.may_send(urgent);
  }
  void start(std::unique_ptr<pending> pending);
  void send(std::unique_ptr<pending> pending);
  void start_waiting();
  void start_waiting(queue& from, bool urgent);
  void pump();
  void answer(std::unique_ptr<pending> pending, dns_answer answer);

  dns_sockets sockets_;
  ares_channeldata* channel_ = nullptr;
  std::string unusable_; ///< why there is no channel.
  bool validating_ = false;
  queue urgent_, waiting_;
  size_t in_flight_ = 0;
  dns_pace pace_;
  std::vector<answered> answers_;
};

} // namespace fedhub
