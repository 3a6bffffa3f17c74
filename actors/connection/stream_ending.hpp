// How far the end of a stream has come.
#pragma once

#include <chrono>
#include <utility>

#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// The end of one stream, on its three sides: the hub's, the peer's and the owner's. A value: knows
/// no clock and does no I/O.
class stream_ending {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class phase : uint8_t {
    open,
    closing, ///< the last words are written or in the outbox; awaits the peer's end and the owner's
             ///< release.
    ended,   ///< the socket is gone.
  };
  /// Each of these includes those before it.
  enum class peer_side : uint8_t {
    speaks,
    footer, ///< it closed its stream.
    no_xml, ///< it speaks another protocol, and waits for no end of an XML stream.
    gone,   ///< it closed its side of TCP.
  };
  enum class owner_bond : uint8_t {
    none,     ///< no owner: nothing is to be given back.
    bound,    ///< the owner may still send.
    released, ///< it sends nothing more.
    drained,  ///< it has got back all that was not written.
  };

  /// @name Events.
  /// @{
  void start(time_point now) { since_ = now; }
  /// The stream ends. @returns false if it has ended before: then nothing changes.
  bool begin(link_end why, time_point now);
  /// The socket is closed. @returns false if it was before.
  bool finish() { return std::exchange(phase_, phase::ended) != phase::ended; }
  void peer_is(peer_side side) { peer_ = std::max(peer_, side); }
  /// TCP ended before the stream did.
  void cut() { cut_ = true; }
  /// The configuration has taken back what the stream was for.
  void revoke() { revoked_ = true; }
  /// The peer has acknowledged a stanza (XEP-0198).
  void stanza_acknowledged() { carried_ = true; }
  void bind() { bond_ = owner_bond::bound; }
  void release() {
    if (bond_ == owner_bond::bound)
      bond_ = owner_bond::released;
  }
  /// @returns whether the owner is to be told that it has got everything back: once.
  bool give_back() { return bond_ == owner_bond::released && (bond_ = owner_bond::drained, true); }
  /// @returns whether the hub's side of TCP is still to be shut: once.
  bool shut_writing() { return !std::exchange(write_shut_, true); }
  /// The hub's stop has come so far.
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
  /// Returns when the connection began; of one that ends, when its end began.
  time_point since() const { return since_; }
  /// Returns why the stream ended; null as long as it has not.
  const link_end_ptr& end() const { return end_; }
  failure why() const { return end_ ? end_->why : failure::none; }
  /// Returns what a stanza is answered with that could not be sent on the stream.
  failure why_unsent() const { return why() == failure::none ? failure::stream_closed : why(); }
  /// Returns whether the peer may not know yet that the stream has ended, or has lost it just so.
  bool broke_off() const;
  /// Returns when the socket is to be closed, though the peer may not have taken everything.
  /// @param component the stream is a component's. @param unwritten the outbox is not empty.
  time_point close_due(bool component, bool unwritten) const;
  /// Returns when the owner is not waited for any longer. It is gone without a word then, as at the
  /// hub's stop.
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
