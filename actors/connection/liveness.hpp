// When a stream has moved last, and what is due because it has not.
#pragma once

#include <algorithm>
#include <chrono>

namespace fedhub {

/// The times of one stream, and the deadlines that follow from them. A value: knows no clock; time
/// comes as a parameter and does not go back.
class liveness {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// Ticks lie at least so far apart, whatever the deadlines are.
  static constexpr std::chrono::milliseconds least_wait{1};
  /// A destination whose oldest stanza has waited so long does not keep up, even if it takes some
  /// octets.
  static constexpr std::chrono::milliseconds slow_after{1000};

  /// The connection begins: everything counts from here.
  void begin(time_point now) { read_ = received_ = sent_ = sent_payload_ = progress_ = now; }

  /// @name Events.
  /// @{
  void octets_read(time_point now) { read_ = now; }
  /// What was read is more than white space and answers to pings.
  void use_received() { received_ = read_; }
  void octets_written(time_point now) { sent_ = progress_ = now; }
  /// More than white space is to be written. @param first nothing waits in front of it.
  void payload_queued(time_point now, bool first) {
    sent_payload_ = now;
    if (first)
      progress_ = now;
  }
  /// The peer has shown that it takes what is written.
  void progressed(time_point now) { progress_ = now; }
  /// @}

  time_point read_at() const { return read_; }
  /// Returns when nothing has been written for `keepalive`.
  time_point quiet_due(duration keepalive) const { return sent_ + keepalive; }
  /// Returns when the stream has carried nothing of use for `idle`.
  time_point idle_due(duration idle) const { return std::max(received_, sent_payload_) + idle; }

  /// What waits to be written, as the outbox tells it.
  struct waiting {
    time_point condense = time_point::max(); ///< when chunks are to be condensed.
    time_point oldest = time_point::max();   ///< since when the oldest stanza waits.
    bool settled = false;                    ///< all that waits is copied already.
  };
  /// Returns whether what waits is to be copied, since the peer does not keep up.
  /// @param hold_back how long sources wait for a destination that takes nothing.
  bool slow(const waiting& outbox, duration hold_back, time_point now) const {
    return !outbox.settled && (now - progress_ >= hold_back || now - outbox.oldest >= slow_after);
  }
  /// Returns whether the peer has taken nothing for `keepalive`.
  bool stalled(duration keepalive, time_point now) const { return now - progress_ >= keepalive; }
  duration stuck_for(time_point now) const { return now - progress_; }
  /// Returns when the first of these may be so, if nothing more is written until then.
  time_point stall_due(const waiting& outbox, duration hold_back, duration keepalive) const {
    auto due = std::min(outbox.condense, progress_ + keepalive);
    if (!outbox.settled) {
      due = std::min(due, progress_ + hold_back);
      if (outbox.oldest != time_point::max())
        due = std::min(due, outbox.oldest + slow_after);
    }
    return due;
  }

  /// @name The tick of the actor, which comes by a delayed message.
  /// @{
  /// Returns whether no tick that is under way comes soon enough for this deadline.
  bool needs_tick(time_point deadline) const { return deadline < next_tick_; }
  /// Returns how long to delay the tick for this deadline.
  duration plan(time_point deadline, time_point now) {
    next_tick_ = std::max(deadline, now + least_wait);
    return next_tick_ - now;
  }
  /// A tick has come. @returns whether it is the one that was planned last: an earlier plan's is of
  /// a deadline that has moved since.
  bool tick_came(time_point now) {
    if (now < next_tick_)
      return false;
    next_tick_ = time_point::max();
    return true;
  }
  /// @}

private:
  time_point read_{};         ///< of the last octets.
  time_point received_{};     ///< of the last octets of use.
  time_point sent_{};         ///< of the last octets written.
  time_point sent_payload_{}; ///< more than white space.
  time_point progress_{};     ///< of writing, while something waits.
  time_point next_tick_ = time_point::max();
};

} // namespace fedhub
