// The rest of a stream that was cut, until another stream resumes it (XEP-0198 §5).
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "actors/interfaces/connection.hpp"
#include "actors/stanzas/stanza_queue.hpp"
#include "metrics/gauge_share.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Holds the session and the unacknowledged stanzas of the hub's own stream. The next stream may
/// resume the session. Until the peer reports how many stanzas arrived, newer stanzas wait. Belongs
/// to one actor.
class former_stream {
public:
  /// The number of streams that may end before the peer has answered. The peer may refuse the
  /// former stream's sender by now, which must not block other senders.
  static constexpr unsigned most_tries = 3;

  /// Takes the stanzas. @param limits outlives this. @param gauge counts them while they wait.
  former_stream(const kept_stream& kept, queue_account& limits, prometheus::Gauge& gauge);

  const management_session& session() const { return session_; }
  /// Returns the sender domain that the stream was authenticated for. The next stream has to be
  /// authenticated for the same.
  const domain_name& sender() const { return sender_; }
  /// Returns `sender` and the sender domains of the stanzas.
  const std::set<domain_name>& senders() const { return senders_; }

  /// Notes that another stream ended without the peer's answer. @returns whether to give up.
  bool try_failed() { return ++tries_ >= most_tries; }

  /// Takes out the stanzas that have arrived. @param count the peer's count of all unacknowledged
  /// stanzas that arrived, expired ones included.
  std::vector<stanza> take_arrived(uint32_t count);
  /// Takes out the stanzas that came before `limit`.
  std::vector<stanza> take_expired(time_point limit);
  /// Copies stanzas that have held back their sources for long. @returns the stanzas that find no
  /// room.
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
  uint32_t expired_ = 0; ///< the number of stanzas at the front that were answered meanwhile.
  unsigned tries_ = 0;
  gauge_share share_;
};

} // namespace fedhub
