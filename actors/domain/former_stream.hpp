// The rest of a stream that was cut, until another stream resumes it (XEP-0198 §5).
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "actors/interfaces/connection.hpp"
#include "actors/stanzas/stanza_queue.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

/// The session and the unacknowledged stanzas of the hub's own stream. The next stream may resume
/// the session. Until the peer has told how many stanzas arrived, newer ones wait. Belongs to one
/// actor.
class former_stream {
public:
  /// Streams that may end before the peer has answered. A peer that refuses the sender of the
  /// former stream by now must not be in the way of others.
  static constexpr unsigned most_tries = 3;

  /// Takes the stanzas. @param limits outlives this. @param gauge counts them while they wait.
  former_stream(const kept_stream& kept, queue_account& limits, prometheus::Gauge& gauge);

  const management_session& session() const { return session_; }
  /// The sender domain that the stream was authenticated for, as the next one has to be.
  const domain_name& sender() const { return sender_; }
  /// `sender`, and the sender domains of the stanzas.
  const std::set<domain_name>& senders() const { return senders_; }

  /// Notes that another stream ended without the peer's answer. @returns whether to give up.
  bool try_failed() { return ++tries_ >= most_tries; }

  /// Takes the stanzas out that the peer says arrived. @param count of all that were sent.
  std::vector<stanza> take_arrived(uint32_t count);
  /// Takes the stanzas out that came before `limit`.
  std::vector<stanza> take_expired(time_point limit);
  /// Copies stanzas that hold back their sources for long. @returns those that find no room.
  std::vector<rejected_stanza> settle_in(time_point now);
  std::vector<stanza> take_all() { return queue_.take_all(); }

  bool empty() const { return queue_.empty(); }
  time_point next_due(time_point::duration patience) const { return queue_.next_due(patience); }

private:
  void note_size() { share_.set(static_cast<double>(queue_.size())); }

  management_session session_;
  domain_name sender_;
  std::set<domain_name> senders_;
  stanza_queue queue_;
  uint32_t expired_ = 0; ///< so many of those in front were answered meanwhile.
  unsigned tries_ = 0;
  gauge_share share_;
};

} // namespace fedhub
