// The stanzas that a connection has written and the peer's TCP has not acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "actors/stanzas/accounting.hpp"
#include "actors/stanzas/outbox_entry.hpp"

namespace fedhub {

/// The last stanzas written to a stream without XEP-0198, in order, until TCP has acknowledged
/// their last octet. Until then they stay counted as queued. At most `most_octets` of them are
/// retained. Older ones are counted as delivered, so a stream that writes faster than
/// acknowledgements come pays only for its last stanzas.
///
/// A place is a number of octets of the socket since its beginning, those of TLS records included.
/// A stanza in a TLS record ends where the record ends.
///
/// Stanzas written in one go stay in the row in which they waited, so a saturated stream pays for
/// rows, not for stanzas. They then count against the hub-wide limit of waiting stanzas, and no
/// longer against their sources' credit. If that limit has no room, they stay with the credit.
///
/// They keep their sources' chunks in memory, so they are copied if nothing has confirmed them for
/// `hold_back_time`. A few stanzas that are a small part of a chunk are copied at once. Many are
/// copied at once only if the kept chunks take much of the hub's memory
/// (`accounting::reserve_pinned`).
///
/// Belongs to one actor.
class unconfirmed {
public:
  static constexpr size_t most_octets = 65536;
  /// With more octets than this, TCP is asked before each further write, to free memory and caches
  /// early.
  static constexpr size_t few_octets = 8192;
  /// TCP is asked so long after a write. If nothing more is written and something is unconfirmed,
  /// the wait doubles each time, up to `longest_wait`.
  static constexpr std::chrono::milliseconds first_wait{1000};
  static constexpr std::chrono::milliseconds longest_wait{16000};
  /// The wait where a caller waits for the answer: at the end of the stream or of the hub.
  static constexpr std::chrono::milliseconds urgent_wait{20};

  /// @param place all stanzas that will be taken end after it.
  /// @param tally outlives the object.
  unconfirmed(uint64_t place, accounting& account, stanza_tally& tally)
    : confirmed_(place), account_(account), tally_(tally) {}
  unconfirmed(const unconfirmed&) = delete;
  unconfirmed& operator=(const unconfirmed&) = delete;
  ~unconfirmed(); ///< drops the remaining stanzas.

  /// Returns whether nothing is retained, and nothing given up is unconfirmed.
  bool idle() const { return empty() && given_up_end_ <= confirmed_; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t octets() const { return octets_; }
  /// Returns how many places for stanzas are allocated.
  size_t places() const;
  /// Returns whether to ask TCP before taking stanzas of so many octets: there is no room for them,
  /// or asking may free enough memory.
  bool asks_before(size_t octets) const {
    return octets_ > few_octets || (!empty() && octets_ + octets > most_octets);
  }

  /// Appends stanzas that are written in full. Gives up the oldest ones to make room.
  /// @param entries stanzas that are counted as queued and not `admitted`. The `end` of each is
  /// less than 2^31 octets after the last confirmed place. Settled entries are skipped.
  /// @param from the index of the first entry to take.
  void take(std::vector<outbox_entry> entries, size_t from);
  /// Call after `take` for everything that was written in one go.
  void written(time_point now);

  /// Reports that TCP has acknowledged all octets before `place`. Delivers the stanzas that end
  /// there.
  void confirm(uint64_t place);
  /// Reports that TCP was asked. Copies the stanzas that are not copied yet, and schedules the next
  /// question.
  void asked(time_point now);
  /// Returns when to ask TCP; `time_point::max()` if there is nothing to ask.
  time_point ask_due() const;
  /// Makes the next questions come soon.
  void hurry(time_point now);

  /// Takes out all retained stanzas, which are no longer queued, at the end of the stream. It is
  /// not known whether they arrived.
  std::vector<stanza> take_all();
  /// Does the same, but keeps the hub's own answers.
  std::vector<stanza> take_answerable();
  /// Returns the octets that were given up for lack of room, and that TCP had not acknowledged at
  /// the last `confirm`. Some stanzas in them, though counted as delivered, may not have arrived.
  uint64_t octets_given_up() const {
    return given_up_end_ > confirmed_ ? given_up_end_ - confirmed_ : 0;
  }

private:
  struct row {
    std::vector<outbox_entry> entries;
    size_t first;   ///< entries before it are gone.
    int64_t pinned; ///< memory of chunks of which the stanzas are a small part.
  };

  int64_t release_sources(std::span<outbox_entry> entries);
  void append(row&& x);
  void unpin(row& row);
  void compact(row& row);
  /// Calls `done` for each entry in order until it returns false. Entries for which it returned
  /// true are removed.
  template <class Function>
  void take_front(Function done);
  /// Delivers entries in order until `gone` returns false. `gone` gets each entry, and the octets
  /// of all entries before it.
  template <class Predicate>
  void deliver_front(Predicate gone);
  void leave(outbox_entry& entry);
  bool charge_to_hub(std::span<outbox_entry> run);
  bool copy(std::span<outbox_entry> run);
  /// Returns how many octets after the confirmed place a stanza ends.
  int32_t octets_past_confirmed(const outbox_entry& x) const {
    return static_cast<int32_t>(x.end - static_cast<uint32_t>(confirmed_));
  }

  std::vector<row> rows_;
  size_t size_ = 0;
  size_t octets_ = 0;    ///< of stanzas.
  int64_t released_ = 0; ///< octets to release in the hub-wide account.
  uint64_t confirmed_;
  uint64_t given_up_end_ = 0; ///< the end of the last stanza that was given up.
  bool attached_ = false;     ///< some stanzas are not copied.
  bool urgent_ = false;
  std::chrono::milliseconds wait_ = first_wait;
  time_point ask_at_ = time_point::max();
  accounting& account_;
  stanza_tally& tally_;
};

} // namespace fedhub
