// What a connection has still to write.
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

namespace fedhub {

/// Octets and stanzas on their way into one stream, in order. Gathers many into one system call;
/// hands back what was not written when the stream ends. Stanzas are counted as queued while they
/// are in it.
///
/// A stanza is delivered when TCP has acknowledged its last octet (`unconfirmed`), or is written
/// where the transport can't tell; where the peer acknowledges (XEP-0198), from `hold_written` on,
/// it is held from then until `acknowledge`. Once as much is held as the limits allow, no stanza is
/// begun until something is acknowledged: what waits goes on waiting, as if the socket took
/// nothing. Belongs to one actor.
class outbox {
public:
  /// @param content_namespace of the stream: `ns::server` or `ns::component_accept`.  @param limits
  /// outlives the outbox.
  outbox(std::string_view content_namespace, queue_account& limits)
    : limits_(limits), tally_(limits.account()) {
    this->content_namespace(content_namespace);
  }
  ~outbox();

  bool empty() const { return first_ == entries_.size(); }
  size_t size() const { return entries_.size() - first_; }
  /// What waits of the stream's own octets takes of memory.
  size_t own_octets() const { return own_octets_; }
  /// Room for more of it that is allocated already, in octets.
  size_t spare_octets() const { return (entries_.capacity() - size()) * sizeof(entry); }
  void content_namespace(std::string_view x) { to_component_ = x == ns::component_accept; }
  /// Stanzas to this domain name it so: its server takes it in one form only. @pre none was pushed.
  void target(const domain_name& x) { target_ = std::make_unique<const domain_name>(x); }

  /// Appends octets of the stream's own: headers, features, errors.
  void push(std::string xml);
  /// The same, but before the first stanza to be held that is not begun yet: an acknowledgement
  /// must not wait for what waits for the peer's own.
  void push_ahead(std::string xml);

  /// Octets of `x` as it would be written here: on the way from its own stream its start tag may
  /// change (`rewrite_start_tag`). Takes as long as writing it, if it changes.
  size_t octets_to_write(const stanza& x) const;
  /// Appends a stanza. @returns `none`, or why there is no room; then `x` is still the caller's.
  failure push(stanza& x);
  /// So many will be pushed now.
  void expect(size_t stanzas);

  /// Tells the metrics what has come and gone. To be called before the actor's turn ends.
  void publish() { tally_.publish(); }

  /// Writes as much as the transport takes, at most about `budget` octets.
  /// @returns `ok` if all is written, the budget is used up or the rest is held back (`blocked`),
  /// else what stopped it. `written` grows by the octets written.
  /// @param last the transport is shut down as soon as all is written: its FIN can go along.
  io_status flush(transport& to, size_t budget, size_t& written, bool last = false);

  /// The socket takes nothing any more, or too slowly: copies what waits, as far as the limits go,
  /// and each stanza that comes, until all is written. @returns those that the limits have no room
  /// for.
  std::vector<rejected_stanza> settle_in();
  bool settled() const { return settled_; }
  /// Once the oldest stanza has waited for `condense_after`: what waits lets go of the chunks in
  /// which it is a small part, as `condenser` does it, and so does, in each further call, what has
  /// come since, until all is written.
  void condense(time_point now);
  /// When `condense` has something to do for the first time; `time_point::max()` after that.
  time_point condense_due() const;
  /// When the oldest stanza that is not written was taken from its stream; `time_point::max()` if
  /// there is none.
  time_point oldest() const;

  /// @name Acknowledgement.
  /// @{

  /// Stanzas pushed from now on are held once they are written.
  void hold_written();
  /// The peer acknowledges nothing after all: what is held is delivered once `to`'s TCP has
  /// acknowledged it, or at once if that can't tell.
  void stop_holding(const transport& to, time_point now);
  /// The first `n` of those held are delivered. @pre `n <= held().size()`
  void acknowledge(size_t n);
  /// Stanzas written and held, or nothing before `hold_written`.
  const unacknowledged* held() const { return held_.get(); }
  /// Copies those held that hold back their sources for long; see `unacknowledged::settle_in`.
  void settle_held(time_point now);

  /// Stanzas that wait and are to be held.
  size_t to_hold() const { return to_hold_; }
  /// Stanzas that have come to be held since the last call.
  struct progress {
    uint32_t stanzas = 0;
    uint32_t octets = 0; ///< as written.
  };
  progress take_progress() { return std::exchange(progress_, {}); }

  /// The next to be written is a stanza that has to wait for an acknowledgement.
  bool blocked() const;

  /// Takes out what is held. To be sent again before what `take_unwritten` gives.
  std::vector<stanza> take_held(time_point now);
  /// The hub stops: the same, but its own answers stay.
  std::vector<stanza> take_held_answerable(time_point now);
  /// @}

  /// Takes out the waiting stanzas that `pick` is true of, in order. What is begun is not asked
  /// about: nothing else can be written before its end.
  std::vector<stanza> take_waiting(const std::function<bool(const stanza&)>& pick);
  /// @name Stanzas that are written, and that TCP has not acknowledged.
  /// @{

  /// To be called after `flush`es that wrote something.
  void written(time_point now) {
    if (retained_)
      retained_->written(now);
  }
  /// When `confirm` is to be called; `time_point::max()` if there is nothing to ask for.
  time_point confirm_due() const { return retained_ ? retained_->ask_due() : time_point::max(); }
  /// Asks TCP what has arrived. @returns whether all has.
  bool confirm(const transport& from, time_point now);
  /// Somebody waits for `confirm` to say that all has arrived.
  void hurry(time_point now) {
    if (retained_)
      retained_->hurry(now);
  }
  /// Takes out those of which that is not known. `octets_given_up` grows by the octets beyond them
  /// that are not acknowledged either.
  std::vector<stanza> take_unconfirmed(uint64_t& octets_given_up);
  /// @}

  /// The hub stops: takes out all stanzas that are not its own answers, each with the failure to be
  /// told. What is begun, or offered to the transport, stays as octets of the stream's own.
  std::vector<rejected_stanza> give_up();

  /// Takes out the stanzas not written in full; octets of the stream's own are let go.
  std::vector<stanza> take_unwritten();

private:
  using entry = outbox_entry;

  static entry of_its_own(std::string xml);
  std::unique_ptr<const std::string> own_tag(const stanza& x) const;
  std::span<entry> waiting() { return std::span{entries_}.subspan(first_); }
  size_t gather(std::span<iovec> slices, size_t octets);
  void count_own(const entry& x, bool comes);
  io_status write_some(transport& to, size_t budget, size_t& written, bool last, size_t& to_retain);
  size_t drop_front_octets(size_t n, const transport& to);
  void retain_written(size_t octets, size_t from, uint64_t place, const transport& to);
  void retain_held(const transport& to, time_point now);
  void hold(entry& x);
  void clear();
  void drop_gone(size_t part);
  void leave(entry& x);

  std::vector<entry> entries_; ///< those before `first_` are gone; during `flush` some are written.
  uint32_t first_ = 0;
  uint32_t to_hold_ = 0;       ///< stanzas that wait and will be held.
  uint32_t front_written_ = 0; ///< octets of the first entry that are written.
  uint32_t own_octets_ = 0;    ///< see `own_octets()`.
  /// Null, nearly always: no stanza's domain has to be written in one form.
  std::unique_ptr<const domain_name> target_;
  queue_account& limits_;
  stanza_tally tally_;
  bool to_component_ = false;
  bool settled_ = false;
  bool condensing_ = false;
  bool offered_ = false; ///< a TLS record of what is in front waits for its socket.
  bool holding_ = false;
  uint32_t loose_ = 0; ///< so many of the last entries, at least, were not looked at by `condense`.
  progress progress_;
  // Behind `tally_`, which they use.
  std::unique_ptr<unacknowledged> held_;  ///< none for most streams.
  std::unique_ptr<unconfirmed> retained_; ///< none where nothing was written a moment ago.
};

} // namespace fedhub
