// What a connection has written and the peer's TCP has not acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/accounting.hpp"

namespace fedhub {

/// The last stanzas written to a stream without XEP-0198, in order, until TCP has acknowledged
/// their last octet: written is not delivered. They stay counted as queued. At most `most_octets`
/// of them are retained; what no longer fits is counted as delivered, so a stream that writes
/// faster than acknowledgements come pays for the last of its stanzas only.
///
/// Places are counted in octets of the socket since its beginning, those of TLS records included. A
/// stanza in a TLS record ends where its record does.
///
/// A stanza enters as it is. One that is a small part of its source's chunk, or whose source has
/// little of its window left, is copied at once; the others are when nothing has confirmed them for
/// `hold_back_time`. Copies count against the hub-wide limit of waiting stanzas, and against no
/// source; without room there, stanzas stay as they are. Belongs to one actor.
class unconfirmed {
public:
  static constexpr size_t most_octets = 65536;
  /// TCP is asked when so much time has passed since something was written; if nothing more was,
  /// and something is unconfirmed, after twice as much, and so on up to `longest_wait`.
  static constexpr std::chrono::milliseconds first_wait{1000};
  static constexpr std::chrono::milliseconds longest_wait{16000};
  /// The same where somebody waits for the answer: at the stream's end, or the hub's.
  static constexpr std::chrono::milliseconds urgent_wait{20};

  /// @param tally outlives the object.
  unconfirmed(accounting& account, stanza_tally& tally) : account_(account), tally_(tally) {}
  unconfirmed(const unconfirmed&) = delete;
  unconfirmed& operator=(const unconfirmed&) = delete;
  ~unconfirmed(); ///< drops what is left.

  /// Nothing is retained, and nothing that was is unconfirmed.
  bool idle() const { return empty() && given_up_end_ <= confirmed_; }
  bool empty() const { return size() == 0; }
  size_t size() const { return entries_.size() - first_; }
  size_t octets() const { return octets_; }
  /// There is no room for one of so many octets.
  bool full(size_t octets) const { return octets_ + octets > most_octets; }

  /// Appends a stanza that is counted as queued and written in full. The oldest go to make room.
  /// @param end place of the octet behind it.
  /// @param admitted it is a copy that counted against limits until now.
  void push(stanza x, uint64_t end, bool admitted);
  /// To be called once what was written in one go is pushed.
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
  struct entry {
    stanza value;
    uint64_t end;
    bool charged; ///< copied, and counted against the hub-wide limit.
  };

  stanza leave(entry& x);
  void deliver_front();
  void copy_since(size_t from, bool all);
  void copy(size_t from, size_t to, size_t octets);

  std::vector<entry> entries_; ///< those before `first_` are gone.
  size_t first_ = 0;
  size_t octets_ = 0; ///< of stanzas.
  size_t fresh_ = 0;  ///< so many of the last entries came since the last `written`.
  uint64_t confirmed_ = 0;
  uint64_t given_up_end_ = 0; ///< of the last one that no longer fitted.
  bool attached_ = false;     ///< some are not copied.
  bool urgent_ = false;
  std::chrono::milliseconds wait_ = first_wait;
  time_point ask_at_ = time_point::max();
  accounting& account_;
  stanza_tally& tally_;
};

} // namespace fedhub
