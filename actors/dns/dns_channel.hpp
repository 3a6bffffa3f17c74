// The c-ares channel, on the hub's own event loop.
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
  std::vector<socket_address> servers;     ///< empty: the system's (/etc/resolv.conf, read once).
  std::chrono::milliseconds timeout{5000}; ///< for one question, with its repetitions.
  /// The servers check DNSSEC, and nobody can forge what comes from them: they are asked whether
  /// answers are secure, and believed. Otherwise no answer is.
  bool validating = false;
};

/// Asks DNS servers, many questions at a time, over UDP and for truncated answers over TCP. Calls
/// nobody back: the owner fetches answers with `take_answers` after each call that may have brought
/// some.
///
/// Belongs to one actor: all calls come from it, and sockets are watched in its name.
class dns_channel {
public:
  /// Questions with the servers at a time; c-ares tells them apart by 16 bits, and the fewer are
  /// taken, the less a forged answer is likely to hit one. More wait here.
  static constexpr size_t max_in_flight = 4096;
  /// Of these, and of what `dns_pace` allows, so much is for questions that are urgent.
  static constexpr size_t urgent_part = dns_pace::urgent_part;

  /// @param owner makes the handle of the owning actor, for the loop. (Kept here, it would keep its
  /// own actor alive.)
  dns_channel(network_loop& loop, std::function<ready_sink_actor()> owner,
              const dns_channel_options& options);
  ~dns_channel(); ///< unanswered questions are forgotten.
  dns_channel(const dns_channel&) = delete;
  dns_channel& operator=(const dns_channel&) = delete;

  /// Asks. There is exactly one answer to each call, maybe at once.
  /// @param urgent goes before all that are not, and not only once there is room for these.
  void ask(dns_question question, bool urgent = true);

  /// Those of the questions that wait here and that are `wanted` are urgent from now on.
  void hurry(const std::function<bool(const dns_question&)>& wanted);

  /// The loop has news about one of the sockets; others' descriptors are ignored.
  void on_ready(int fd);

  /// Repeats questions and gives up on them where it is time; to be called every few tens of
  /// milliseconds while there are open questions.
  void on_time();

  struct answered {
    dns_question question;
    dns_answer answer;
    std::chrono::microseconds time; ///< since `ask`.
  };
  std::vector<answered> take_answers();

  /// Questions without answer.
  size_t open_questions() const { return in_flight_ + urgent_.size() + waiting_.size(); }

private:
  struct pending;
  struct io; // the C library's view of this class

  using queue = std::deque<std::unique_ptr<pending>>;

  bool may_start(bool urgent) const {
    return in_flight_ < (urgent ? max_in_flight : max_in_flight - max_in_flight / urgent_part)
           && pace_.may_send(urgent);
  }
  void start(std::unique_ptr<pending> x);
  void send(std::unique_ptr<pending> x);
  void start_waiting();
  void start_waiting(queue& from, bool urgent);
  void pump();
  void answer(std::unique_ptr<pending> x, dns_answer answer);

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
