// Checks whether the peer of a bidirectional stream is alive: XEP-0199.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Pings a quiet peer, server to server. Useful only on a bidirectional stream (XEP-0288), since on
/// another stream the peer may have no way to answer. Any octet is a sign of life. So is an error
/// from a server that does not know pings. So is an answer on another stream of the peer
/// (`answered`), since it proves that the ping has arrived.
class stream_ping {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// @param pair from a local domain, whose stanzas the stream accepts, to the peer's.
  /// @param quiet how long nothing is received before the peer is pinged.
  /// @param patience how long the peer may then stay silent.
  stream_ping(domain_pair pair, duration quiet, duration patience)
    : pair_(std::move(pair)), quiet_(quiet), patience_(patience) {}

  enum class verdict : uint8_t {
    wait, ///< nothing to do before `next_deadline`.
    ask,  ///< send `request`.
    dead, ///< nothing was received since the ping.
  };

  /// Returns what to do now.
  /// @param heard when the last octets arrived; `now` as long as nothing is read.
  verdict on_time(time_point heard, time_point now);
  /// Returns when to call `on_time` next.
  time_point next_deadline(time_point heard) const;

  /// Returns whether the peer was pinged, and nothing was received since.
  bool waiting(time_point heard) const { return asked_at_ > last_sign(heard); }

  /// Returns a ping to be sent now.
  std::string request(time_point now);

  /// Returns whether an answer may still come, perhaps late. Then `takes` must see each iq.
  bool answer_due() const { return open_ > 0; }

  /// Returns whether an iq between the two domains (no localpart, no resource) is the answer to a
  /// ping, and must not be passed on.
  bool takes(std::string_view type, std::string_view id, const domain_pair& pair);

  /// Reports that the peer answered on another of its streams, which is a sign of life.
  void answered(time_point now);

  /// Stops waiting for an answer. A late answer must still not be passed on.
  void give_up(time_point now) { sign_ = std::max(sign_, now); }

  /// Returns the id of the pings; empty before the first `request`.
  const std::string& id() const { return id_; }
  const domain_pair& pair() const { return pair_; }

private:
  time_point last_sign(time_point heard) const { return std::max(heard, sign_); }

  domain_pair pair_;
  duration quiet_;
  duration patience_;
  std::string id_;                          ///< the same for all of a stream's pings.
  uint32_t open_ = 0;                       ///< pings without an answer.
  time_point asked_at_ = time_point::min(); ///< of the last ping.
  time_point sign_ = time_point::min();     ///< the last known sign of life.
};

} // namespace fedhub
