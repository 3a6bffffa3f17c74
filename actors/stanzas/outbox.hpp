// The octets and stanzas that a connection has still to write.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/net/transport.hpp"
#include "actors/stanzas/outbox_entry.hpp"
#include "actors/stanzas/queue_account.hpp"
#include "actors/stanzas/unacknowledged.hpp"
#include "actors/stanzas/unconfirmed.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Octets and stanzas on their way into one stream, in order. Writes many of them with one system
/// call. When the stream ends, hands back what was not written. Stanzas in it are counted as
/// queued.
///
/// A stanza is delivered when TCP has acknowledged its last octet (`unconfirmed`), or when it is
/// written if the transport cannot report this. If the peer acknowledges stanzas (XEP-0198, from
/// `hold_written` on), a written stanza is held until `acknowledge`. If the limits allow no further
/// held stanza, no stanza is begun until one is acknowledged; waiting stanzas wait, as if the
/// socket was full.
///
/// Belongs to one actor.
class outbox {
public:
  /// @param content_namespace of the stream: `ns::server` or `ns::component_accept`.
  /// @param limits outlives the outbox.
  outbox(std::string_view content_namespace, queue_account& limits)
    : limits_(limits), tally_(limits.account()) {
    this->content_namespace(content_namespace);
  }
  ~outbox();

  bool empty() const { return first_ == entries_.size(); }
  size_t size() const { return entries_.size() - first_; }
  /// Returns the memory that the stream's own octets take.
  size_t own_octets() const { return own_octets_; }
  /// Returns the memory, in octets, of places for entries that are allocated and not used.
  size_t unused_octets() const { return (entries_.capacity() - size()) * sizeof(entry); }
  void content_namespace(std::string_view x) { to_component_ = x == ns::component_accept; }
  /// Sets a domain that stanzas have to name in this form, since its server accepts one form only.
  /// @pre none was pushed.
  void target(const domain_name& x) { target_ = std::make_unique<const domain_name>(x); }

  /// Appends octets of the stream itself: headers, features, errors.
  void push(std::string xml);
  /// Adds octets of the stream itself before the first stanza that is to be held and is not begun.
  /// Else an acknowledgement would wait for stanzas that wait for the peer's acknowledgement.
  void push_ahead(std::string xml);

  /// Returns the octets of `stanza` as it would be written here. Its start tag may differ from that
  /// on its own stream (`rewrite_start_tag`). If it does, the call takes as long as writing it.
  size_t octets_to_write(const stanza& stanza) const;
  /// Appends a stanza. @returns `none`, or why there is no room; then `stanza` stays with the
  /// caller.
  failure push(stanza& stanza);
  /// Allocates places for so many stanzas that will be pushed now.
  void expect(size_t stanzas);

  /// Updates the metrics. Call before the actor's turn ends.
  void publish() { tally_.publish(); }

  /// Writes as much as the transport takes, at most about `budget` octets.
  /// @returns `ok` if all is written, the budget is used up, or the rest is `blocked`; else the
  /// transport's status. `written` grows by the octets written.
  /// @param last the transport is shut down as soon as all is written, so its FIN can go along.
  io_status flush(transport& to, size_t budget, size_t& written, bool last = false);

  /// Detaches all waiting stanzas as far as the limits go, and each later stanza, until all is
  /// written. Call when the socket is full or too slow. @returns the stanzas for which the limits
  /// have no room.
  std::vector<rejected_stanza> settle_in();
  bool settled() const { return settled_; }
  /// Condenses the waiting stanzas once the oldest has waited for `condense_after`; see
  /// `condenser`. Until all is written, each further call condenses the stanzas that have come
  /// since.
  void condense(time_point now);
  /// Returns when to call `condense` for the first time; `time_point::max()` after that.
  time_point condense_due() const;
  /// Returns when the oldest unwritten stanza was taken from its stream; `time_point::max()` if
  /// there is none.
  time_point oldest() const;

  /// @name Acknowledgement.
  /// @{

  /// Holds stanzas pushed from now on once they are written.
  void hold_written();
  /// Stops holding, since the peer will not acknowledge. Held stanzas are delivered once `to`'s TCP
  /// has acknowledged them, or at once if the transport cannot report this.
  void stop_holding(const transport& to, time_point now);
  /// Delivers the first `n` held stanzas. @pre `n <= held().size()`
  void acknowledge(size_t n);
  /// Returns the held stanzas; null before `hold_written`.
  const unacknowledged* held() const { return held_.get(); }
  /// Detaches held stanzas that hold back their sources for too long; see
  /// `unacknowledged::settle_in`.
  void settle_held(time_point now);

  /// Returns how many waiting stanzas will be held.
  size_t to_hold() const { return to_hold_; }
  /// Stanzas that were added to the held ones since the last call.
  struct progress {
    uint32_t stanzas = 0;
    uint32_t octets = 0; ///< as written.
  };
  progress take_progress() { return std::exchange(progress_, {}); }

  /// Returns whether the next stanza to write has to wait for an acknowledgement.
  bool blocked() const;

  /// Takes out the held stanzas. Send them again before those of `take_unwritten`.
  std::vector<stanza> take_held(time_point now);
  /// Does the same when the hub stops, but keeps the hub's own answers.
  std::vector<stanza> take_held_answerable(time_point now);
  /// @}

  /// Takes out the waiting stanzas for which `pick` returns true, in order. It is not called for a
  /// stanza that is begun, since nothing else can be written before its end.
  std::vector<stanza> take_waiting(const std::function<bool(const stanza&)>& pick);
  /// @name Stanzas that are written and not acknowledged by TCP.
  /// @{

  /// Call after calls of `flush` that wrote something.
  void written(time_point now) {
    if (retained_)
      retained_->written(now);
  }
  /// Returns when to call `confirm`; `time_point::max()` if there is nothing to ask.
  time_point confirm_due() const { return retained_ ? retained_->ask_due() : time_point::max(); }
  /// Asks TCP which octets have arrived. @returns whether all have.
  bool confirm(const transport& from, time_point now);
  /// Makes `confirm_due` come soon, since a caller waits until all has arrived.
  void hurry(time_point now) {
    if (retained_)
      retained_->hurry(now);
  }
  /// Takes out the stanzas that are not known to have arrived. `octets_given_up` grows by the
  /// octets before them that are not acknowledged either.
  std::vector<stanza> take_unconfirmed(uint64_t& octets_given_up);
  /// @}

  /// Takes out all stanzas except the hub's own answers, each with its failure. Call when the hub
  /// stops. A stanza that is begun, or offered to the transport, also stays as octets of the stream
  /// itself.
  std::vector<rejected_stanza> give_up();

  /// Takes out the stanzas that are not written in full, and drops octets of the stream itself.
  std::vector<stanza> take_unwritten();

private:
  using entry = outbox_entry;

  static entry of_its_own(std::string xml);
  std::unique_ptr<const std::string> own_tag(const stanza& stanza) const;
  std::span<entry> waiting() { return std::span{entries_}.subspan(first_); }
  size_t gather(std::span<iovec> slices, size_t octets);
  void count_own(const entry& entry, bool comes);
  io_status write_some(transport& to, size_t budget, size_t& written, bool last, size_t& to_retain);
  size_t drop_front_octets(size_t n, const transport& to);
  void retain_written(size_t octets, size_t from, uint64_t place, const transport& to);
  void retain_held(const transport& to, time_point now);
  void hold(entry& entry);
  void clear();
  void drop_gone(size_t part);
  void leave(entry& entry);

  /// Entries before `first_` are gone; during `flush` some are written.
  std::vector<entry> entries_;
  uint32_t first_ = 0;
  uint32_t to_hold_ = 0;       ///< waiting stanzas that will be held.
  uint32_t front_written_ = 0; ///< octets of the first entry that are written.
  uint32_t own_octets_ = 0;    ///< see `own_octets()`.
  /// The domain of `target()`. Null for nearly all streams.
  std::unique_ptr<const domain_name> target_;
  queue_account& limits_;
  stanza_tally tally_;
  bool to_component_ = false;
  bool settled_ = false;
  bool condensing_ = false;
  bool offered_ = false; ///< a TLS record with the first entries waits for the socket.
  bool holding_ = false;
  /// At least so many of the last entries are new to `condense`.
  uint32_t loose_ = 0;
  progress progress_;
  // After `tally_`, which they use.
  std::unique_ptr<unacknowledged> held_;  ///< null for most streams.
  std::unique_ptr<unconfirmed> retained_; ///< null if nothing was written recently.
};

} // namespace fedhub
