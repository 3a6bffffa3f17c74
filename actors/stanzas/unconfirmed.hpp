// What a connection has written and the peer's TCP has not acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "actors/stanzas/accounting.hpp"
#include "actors/stanzas/outbox_entry.hpp"

namespace fedhub {

/// The last stanzas written to a stream without XEP-0198, in order, until TCP has acknowledged
/// their last octet: written is not delivered. They stay counted as queued. At most `most_octets`
/// of them are retained; what no longer fits is counted as delivered, so a stream that writes
/// faster than acknowledgements come pays for the last of its stanzas only.
///
/// Places are counted in octets of the socket since its beginning, those of TLS records included. A
/// stanza in a TLS record ends where its record does.
///
/// What is written in one go stays in the row that it waited in: a saturated stream pays for rows,
/// not for stanzas. From then on it counts against the hub-wide limit of waiting stanzas and no
/// longer against its sources' credit; without room there, it stays with them. It keeps the chunks
/// of its sources in memory, so it is copied once nothing has confirmed it for `hold_back_time`.
/// A few stanzas that are a small part of a chunk are copied at once; many are so only if the
/// chunks that are kept take much of the hub's memory (`accounting::reserve_pinned`). Belongs to
/// one actor.
class unconfirmed {
public:
  static constexpr size_t most_octets = 65536;
  /// More than so many are not left in memory, and in the caches, for longer than they have to.
  static constexpr size_t few_octets = 8192;
  /// TCP is asked when so much time has passed since something was written; if nothing more was,
  /// and something is unconfirmed, after twice as much, and so on up to `longest_wait`.
  static constexpr std::chrono::milliseconds first_wait{1000};
  static constexpr std::chrono::milliseconds longest_wait{16000};
  /// The same where somebody waits for the answer: at the stream's end, or the hub's.
  static constexpr std::chrono::milliseconds urgent_wait{20};

  /// @param place all stanzas that will be taken end behind it.  @param tally outlives the object.
  unconfirmed(uint64_t place, accounting& account, stanza_tally& tally)
    : confirmed_(place), account_(account), tally_(tally) {}
  unconfirmed(const unconfirmed&) = delete;
  unconfirmed& operator=(const unconfirmed&) = delete;
  ~unconfirmed(); ///< drops what is left.

  /// Nothing is retained, and nothing that was is unconfirmed.
  bool idle() const { return empty() && given_up_end_ <= confirmed_; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t octets() const { return octets_; }
  /// Places for stanzas that are allocated.
  size_t places() const;
  /// TCP is to be asked before stanzas of so many octets are taken: there is no room for them, or
  /// it is worth it for the memory.
  bool asks_before(size_t octets) const {
    return octets_ > few_octets || (!empty() && octets_ + octets > most_octets);
  }

  /// Appends what is written in full. The oldest go to make room.
  /// @param entries stanzas that are counted as queued and not `admitted`, each with its `end`,
  /// which lies less than 2^31 octets behind what was confirmed last. Settled ones are skipped.
  /// @param from the first of them that is meant.
  void take(std::vector<outbox_entry> entries, size_t from);
  /// To be called once what was written in one go is taken.
  void written(time_point now);

  /// TCP has acknowledged all octets before `place`: stanzas that end there are delivered.
  void confirm(uint64_t place);
  /// TCP was asked: copies what still holds back its source, and puts the next question off.
  void asked(time_point now);
  /// When TCP is to be asked; `time_point::max()` if there is nothing to ask for.
  time_point ask_due() const;
  /// From now on it is asked often.
  void hurry(time_point now);

  /// The end: takes out what is retained, queued no more. Whether it arrived is not known.
  std::vector<stanza> take_all();
  /// The same, but the hub's own answers stay.
  std::vector<stanza> take_answerable();
  /// Octets that no longer fitted and that TCP had not acknowledged by the last `confirm`: some
  /// stanzas among those counted as delivered may not have arrived.
  uint64_t octets_given_up() const {
    return given_up_end_ > confirmed_ ? given_up_end_ - confirmed_ : 0;
  }

private:
  struct row {
    std::vector<outbox_entry> entries;
    size_t first;   ///< those before are gone.
    int64_t pinned; ///< what chunks take of which the stanzas are a small part.
  };

  int64_t let_sources_go(std::span<outbox_entry> entries);
  void append(row&& x);
  void unpin(row& x);
  void compact(row& x);
  /// Calls `done` for each in order until it returns false. Those that it returned true for have
  /// been taken out.
  template <class Function>
  void take_front(Function done);
  /// Delivers in order what `gone` says so of, until it says no. It gets each with the octets of
  /// those before it.
  template <class Predicate>
  void deliver_front(Predicate gone);
  void leave(outbox_entry& x);
  bool charge_to_hub(std::span<outbox_entry> run);
  bool copy(std::span<outbox_entry> run);
  /// How far behind what is confirmed a stanza ends, in octets.
  int32_t octets_behind(const outbox_entry& x) const {
    return static_cast<int32_t>(x.end - static_cast<uint32_t>(confirmed_));
  }

  std::vector<row> rows_;
  size_t size_ = 0;
  size_t octets_ = 0;    ///< of stanzas.
  int64_t released_ = 0; ///< of the hub-wide account, but it has not been told yet.
  uint64_t confirmed_;
  uint64_t given_up_end_ = 0; ///< of the last one that no longer fitted.
  bool attached_ = false;     ///< some are not copied.
  bool urgent_ = false;
  std::chrono::milliseconds wait_ = first_wait;
  time_point ask_at_ = time_point::max();
  accounting& account_;
  stanza_tally& tally_;
};

} // namespace fedhub
