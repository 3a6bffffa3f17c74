// What a stream that was cut has left, until another one resumes it (XEP-0198 §5).
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "actors/interfaces/connection.hpp"
#include "actors/stanzas/stanza_queue.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

/// What the hub's own stream left that the next one may resume. Until the peer has told how much of
/// it arrived, nothing newer may overtake it. Belongs to one actor.
class former_stream {
public:
  /// Streams that may end before the peer has answered. A peer that refuses the sender of the
  /// former stream by now must not be in the way of others.
  static constexpr unsigned most_tries = 3;

  /// Takes the stanzas. @param limits outlives this. @param gauge counts them while they wait.
  former_stream(const kept_stream& kept, queue_account& limits, prometheus::Gauge& gauge);

  const management_session& session() const { return session_; }
  /// For whom the stream was authenticated, and the next one has to be.
  const domain_name& sender() const { return sender_; }
  /// That one, and those of the stanzas.
  const std::set<domain_name>& senders() const { return senders_; }

  /// Another stream has ended without the peer's answer. @returns whether it was the last one.
  bool try_failed() { return ++tries_ >= most_tries; }

  /// The peer has told how many arrived. @returns those that did; nothing more is to come.
  std::vector<stanza> take_arrived(uint32_t count);
  /// @returns those that have waited since before `limit`.
  std::vector<stanza> take_expired(time_point limit);
  /// Copies what holds back its source for long. @returns those that the limits have no room for.
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
