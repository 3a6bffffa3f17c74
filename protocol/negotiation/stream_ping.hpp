// Whether the peer of a stream that carries both directions is still there: XEP-0199.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Asks a quiet peer for a sign of life, server to server. Only of use on a bidirectional stream
/// (XEP-0288): of another one the peer may have no way back. Any octet is a sign of life; so is an
/// error, of a server that does not know pings, and so is an answer on another stream of the peer's
/// (`answered`), since it tells that the question has arrived.
class stream_ping {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// @param pair from a local domain, whose stanzas the stream takes, to the peer's.
  /// @param quiet how long nothing is heard before the peer is asked.
  /// @param patience how long it then may stay silent.
  stream_ping(domain_pair pair, duration quiet, duration patience)
    : pair_(std::move(pair)), quiet_(quiet), patience_(patience) {}

  enum class verdict : uint8_t {
    wait, ///< there is nothing to do before `next_deadline`.
    ask,  ///< send `request`.
    dead, ///< the peer has not been heard since it was asked.
  };

  /// @param heard when the last octets came; `now` as long as nothing is read.
  verdict on_time(time_point heard, time_point now);
  time_point next_deadline(time_point heard) const;

  /// The peer was asked, and has not been heard since.
  bool waiting(time_point heard) const { return asked_at_ > last_sign(heard); }

  /// A ping to be sent now.
  std::string request(time_point now);

  /// An answer may still come, late perhaps: its iq is to be shown to `takes`.
  bool answer_due() const { return open_ > 0; }

  /// Whether an iq between two domains themselves (no localpart, no resource) is the answer, and so
  /// nobody else's.
  bool takes(std::string_view type, std::string_view id, const domain_pair& pair);

  /// The peer answered on another of its streams: a sign of life as any.
  void answered(time_point now);

  /// No answer is waited for any more. One that comes late is still nobody else's.
  void give_up(time_point now) { sign_ = std::max(sign_, now); }

  /// Of `request`; empty before the first.
  const std::string& id() const { return id_; }
  const domain_pair& pair() const { return pair_; }

private:
  time_point last_sign(time_point heard) const { return std::max(heard, sign_); }

  domain_pair pair_;
  duration quiet_;
  duration patience_;
  std::string id_;                          ///< the same for all of a stream's pings.
  uint32_t open_ = 0;                       ///< pings without an answer.
  time_point asked_at_ = time_point::min(); ///< the last time.
  time_point sign_ = time_point::min();     ///< of life, the last that `on_time` was told.
};

} // namespace fedhub
