// How fast questions are sent to the DNS servers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fedhub {

/// Keeps the socket buffer of a DNS server (about 270 datagrams on Linux) from overflowing. A lost
/// question costs its asker a repetition, and a server that is overloaded loses the questions of
/// nodes as well as those of strangers.
///
/// A server reads questions in the order in which they came. So an answer tells that it has read
/// all that were sent before this one, answered or not. What was sent since then may still wait at
/// the server, and is bounded. Where no answer comes for a while, nobody can tell, and it is taken
/// to have read everything: domains without answer hold up no others for long.
///
/// Thread safety: none, it belongs to one channel.
class dns_pace {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// Questions that a server may not have read yet.
  static constexpr size_t max_unread = 128;
  /// So much of them is for questions that are urgent.
  static constexpr size_t urgent_part = 4;
  /// With no answer for so long, all questions are taken for read.
  static constexpr std::chrono::milliseconds max_silence{50};

  bool may_send(bool urgent) const {
    return unread() < (urgent ? max_unread : max_unread - max_unread / urgent_part);
  }

  /// @returns the question's number, for `answered`.
  uint64_t sent(time_point now) {
    if (unread() == 0)
      news_ = now;
    return ++sent_;
  }

  /// The question has its answer, or has been given up. Old ones that are given up by the thousand
  /// tell nothing of those that were sent since.
  void answered(uint64_t number, time_point now) {
    if (number <= read_)
      return;
    read_ = number;
    news_ = now;
  }

  /// To be called every few tens of milliseconds while questions are open.
  void on_time(time_point now) {
    if (now - news_ < max_silence)
      return;
    read_ = sent_;
    news_ = now;
  }

  size_t unread() const { return sent_ - read_; }

private:
  uint64_t sent_ = 0;
  uint64_t read_ = 0; ///< the number of the last one that the server has read.
  time_point news_{}; ///< when the server was last heard of.
};

} // namespace fedhub
