// The progress of a stream's end.
#pragma once

#include <chrono>
#include <utility>

#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// Tracks the end of one stream at the hub, at the peer and at the owner. A value: reads no clock
/// and does no I/O.
class stream_ending {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class phase : uint8_t {
    open,
    closing, ///< the last octets are written or in the outbox; awaits the peer's end and the
             ///< owner's `release`.
    ended,   ///< the socket is gone.
  };
  /// In order: each value includes all values before it.
  enum class peer_side : uint8_t {
    speaks,
    footer, ///< it closed its stream.
    no_xml, ///< it speaks another protocol and does not wait for the end of an XML stream.
    gone,   ///< it closed its side of TCP.
  };
  enum class owner_bond : uint8_t {
    none,     ///< no owner: nothing goes back.
    bound,    ///< the owner may still send.
    released, ///< it sends nothing more.
    drained,  ///< it has got back all stanzas that were not written.
  };

  /// @name Events.
  /// @{
  void start(time_point now) { since_ = now; }
  /// Begins the end of the stream. @returns false if it has begun before; then nothing changes.
  bool begin(link_end why, time_point now);
  /// Reports that the socket is closed. @returns false if it was closed before.
  bool finish() { return std::exchange(phase_, phase::ended) != phase::ended; }
  void peer_is(peer_side side) { peer_ = std::max(peer_, side); }
  /// Reports that TCP ended before the stream did.
  void cut() { cut_ = true; }
  /// Reports that a new configuration has taken back something that the stream was granted.
  void revoke() { revoked_ = true; }
  /// Reports that the peer has acknowledged a stanza (XEP-0198).
  void stanza_acknowledged() { carried_ = true; }
  void bind() { bond_ = owner_bond::bound; }
  void release() {
    if (bond_ == owner_bond::bound)
      bond_ = owner_bond::released;
  }
  /// Returns true once, when the stanzas can go back to the owner and `drained` can follow.
  bool give_back() { return bond_ == owner_bond::released && (bond_ = owner_bond::drained, true); }
  /// Returns true once: the hub's side of TCP has to be shut.
  bool shut_writing() { return !std::exchange(write_shut_, true); }
  /// Reports the stage of the hub's stop.
  void hub_stops(drain_stage stage) { stage_ = stage; }
  /// @}

  bool open() const { return phase_ == phase::open; }
  bool closing() const { return phase_ == phase::closing; }
  bool ended() const { return phase_ == phase::ended; }
  bool released() const { return bond_ != owner_bond::bound; }
  bool peer_gone() const { return peer_ == peer_side::gone; }
  bool writing_shut() const { return write_shut_; }
  /// Returns whether nothing more comes from the peer (RFC 6120 §4.4). @param unread false: the
  /// socket holds nothing that was not read.
  bool peer_over(bool unread) const {
    return peer_ >= peer_side::no_xml || (peer_ == peer_side::footer && !unread);
  }
  drain_stage stage() const { return stage_; }
  /// Returns when the connection began, or when its end began.
  time_point since() const { return since_; }
  /// Returns why the stream ended; null as long as it has not.
  const link_end_ptr& end() const { return end_; }
  failure why() const { return end_ ? end_->why : failure::none; }
  /// Returns the failure for stanzas that could not be sent on the stream.
  failure why_unsent() const { return why() == failure::none ? failure::stream_closed : why(); }
  /// Returns whether the stream ended without an orderly close: TCP was cut, the peer was found
  /// dead, or the error is `conflict`. The peer may then not know that the stream has ended.
  bool broke_off() const;
  /// Returns when the socket is to be closed, though the peer may not have taken everything.
  /// @param component the stream is a component's. @param unwritten the outbox is not empty.
  time_point close_due(bool component, bool unwritten) const;
  /// Returns when to stop waiting for the owner's `release`. An owner that is gone sends none, as
  /// at the hub's stop.
  time_point release_due() const;

private:
  link_end_ptr end_;
  time_point since_{};
  phase phase_ = phase::open;
  peer_side peer_ = peer_side::speaks;
  owner_bond bond_ = owner_bond::none;
  drain_stage stage_ = drain_stage::running;
  bool write_shut_ = false;
  bool cut_ = false;
  bool revoked_ = false;
  bool carried_ = false;
};

} // namespace fedhub
