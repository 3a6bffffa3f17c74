// The times of a stream's last progress, and the deadlines that follow from them.
#pragma once

#include <algorithm>
#include <chrono>

namespace fedhub {

/// Keeps the times of one stream and returns the deadlines that follow from them. A value: reads no
/// clock. Time is a parameter and must not go back.
class liveness {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// The shortest time between two ticks, for any deadlines.
  static constexpr std::chrono::milliseconds least_wait{1};
  /// A destination is slow if its oldest stanza has waited this long, even if it takes some octets.
  static constexpr std::chrono::milliseconds slow_after{1000};

  /// Starts all times at the begin of the connection.
  void begin(time_point now) { read_ = received_ = sent_ = sent_payload_ = progress_ = now; }

  /// @name Events.
  /// @{
  void octets_read(time_point now) { read_ = now; }
  /// Reports that the last octets read were more than white space and answers to pings.
  void use_received() { received_ = read_; }
  void octets_written(time_point now) { sent_ = progress_ = now; }
  /// Reports that more than white space is queued for writing. @param first no other output is
  /// queued.
  void payload_queued(time_point now, bool first) {
    sent_payload_ = now;
    if (first)
      progress_ = now;
  }
  /// Reports that the peer has shown that it takes output.
  void progressed(time_point now) { progress_ = now; }
  /// @}

  time_point read_at() const { return read_; }
  /// Returns when nothing will have been written for `keepalive`.
  time_point quiet_due(duration keepalive) const { return sent_ + keepalive; }
  /// Returns when the stream last carried more than keepalives.
  time_point last_use() const { return std::max(received_, sent_payload_); }
  /// Returns when the stream will have carried only keepalives for `idle`.
  time_point idle_due(duration idle) const { return last_use() + idle; }

  /// Queued output, as the outbox reports it.
  struct waiting {
    time_point condense = time_point::max(); ///< when to condense chunks.
    /// When the oldest queued stanza was taken from its own stream.
    time_point oldest = time_point::max();
    bool settled = false; ///< all queued stanzas are copied already.
  };
  /// Returns whether queued stanzas have to be copied, since the peer does not keep up.
  /// @param hold_back how long sources wait for a destination that takes nothing.
  bool slow(const waiting& outbox, duration hold_back, time_point now) const {
    return !outbox.settled && (now - progress_ >= hold_back || now - outbox.oldest >= slow_after);
  }
  /// Returns whether the peer has taken nothing for `keepalive`.
  bool stalled(duration keepalive, time_point now) const { return now - progress_ >= keepalive; }
  duration stuck_for(time_point now) const { return now - progress_; }
  /// Returns when the peer counts as slow or stalled, or chunks have to be condensed, whichever is
  /// first, if nothing is written until then.
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
  /// Returns whether no planned tick comes early enough for this deadline.
  bool needs_tick(time_point deadline) const { return deadline < next_tick_; }
  /// Returns how long to delay the tick for this deadline.
  duration plan(time_point deadline, time_point now) {
    next_tick_ = std::max(deadline, now + least_wait);
    return next_tick_ - now;
  }
  /// Reports a tick. @returns whether it is the tick that was planned last. An earlier tick is for
  /// a deadline that has moved since.
  bool tick_came(time_point now) {
    if (now < next_tick_)
      return false;
    next_tick_ = time_point::max();
    return true;
  }
  /// @}

private:
  time_point read_{};         ///< of the last octets read.
  time_point received_{};     ///< of the last octets read that were not keepalives.
  time_point sent_{};         ///< of the last octets written.
  time_point sent_payload_{}; ///< of the last output queued that was more than white space.
  time_point progress_{};     ///< of the last progress of queued output.
  time_point next_tick_ = time_point::max();
};

} // namespace fedhub
