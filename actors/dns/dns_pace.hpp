// Bounds how fast questions are sent to the DNS servers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fedhub {

/// Keeps the socket buffer of a DNS server (about 270 datagrams on Linux) from overflowing. A lost
/// question has to be repeated. An overloaded server loses the questions of nodes as well as those
/// of strangers.
///
/// A server reads questions in the order in which they came. So an answer shows that the server has
/// read all questions that were sent before the answered one. Later questions may still wait at the
/// server; their number is bounded. If no answer comes for `max_silence`, the server is assumed to
/// have read everything, so that domains without an answer hold up other questions only briefly.
///
/// Thread safety: none; it belongs to one channel.
class dns_pace {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// Questions that a server may not have read yet.
  static constexpr size_t max_unread = 128;
  /// One part in `urgent_part` of them is reserved for urgent questions.
  static constexpr size_t urgent_part = 4;
  /// After so long without an answer, all questions count as read.
  static constexpr std::chrono::milliseconds max_silence{50};

  bool may_send(bool urgent) const {
    return unread() < (urgent ? max_unread : max_unread - max_unread / urgent_part);
  }

  /// Counts a question. @returns its number, for `answered`.
  uint64_t sent(time_point now) {
    if (unread() == 0)
      news_ = now;
    return ++sent_;
  }

  /// Call when the question has its answer, or was given up. A number older than one already
  /// reported is ignored: it shows nothing about the questions that were sent since.
  void answered(uint64_t number, time_point now) {
    if (number <= read_)
      return;
    read_ = number;
    news_ = now;
  }

  /// Call it every few tens of milliseconds while questions are open.
  void on_time(time_point now) {
    if (now - news_ < max_silence)
      return;
    read_ = sent_;
    news_ = now;
  }

  size_t unread() const { return sent_ - read_; }

private:
  uint64_t sent_ = 0;
  uint64_t read_ = 0; ///< the number of the last question that the server has read.
  time_point news_{}; ///< when `read_` last changed, or the first unread question was sent.
};

} // namespace fedhub
