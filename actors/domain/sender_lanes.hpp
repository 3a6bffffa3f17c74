// All stanzas that wait for a domain, by sender domain.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "actors/domain/lane.hpp"

namespace fedhub {

/// The lanes of one domain.
///
/// Invariants: a lane is in `busy` once if it is marked busy, else not; after `note_busy` of each
/// lane that something was put into, all that have work are busy, and `due` is no later than the
/// first deadline of those.
///
/// Belongs to one actor.
class sender_lanes {
public:
  using map = std::map<domain_name, lane>; ///< by sender domain.
  using entry = map::value_type;

  /// @param max_bytes,max_stanzas of all lanes together, of stanzas that were copied.
  sender_lanes(int64_t max_bytes, int64_t max_stanzas, accounting& account)
    : limits_(max_bytes, max_stanzas, account) {}

  queue_account& limits() { return limits_; }
  map& all() { return lanes_; }
  const map& all() const { return lanes_; }

  /// Returns the sender's lane, and whether it was made just now.
  std::pair<entry&, bool> of(const domain_name& sender) {
    auto [found, added] = lanes_.try_emplace(sender, limits_);
    return {*found, added};
  }
  /// Returns the sender's lane; null if there is none.
  const lane* find(const domain_name& sender) const {
    const auto found = lanes_.find(sender);
    return found == lanes_.end() ? nullptr : &found->second;
  }

  /// The lanes that may have work, in the order in which they became busy. A tick looks at these
  /// only, not at thousands of lanes whose stream takes all. A batch looks at its own lanes only.
  const std::vector<entry*>& busy() const { return busy_; }
  /// Marks a lane busy. Call it after a stanza was queued or the pair was asked for.
  void note_busy(entry& x, const lane_patience& patience);
  /// Takes the lanes out of `busy` that have no work any more.
  void prune_busy();

  /// Returns when the first busy lane needs attention, or an earlier time.
  time_point due() const { return due_; }
  /// Notes that a lane needs attention by then.
  void due_by(time_point x) { due_ = std::min(due_, x); }
  /// Begins a look at all busy lanes; call `due_by` for each of them.
  void begin_round() { due_ = time_point::max(); }

  /// Tells whether a node's stanzas may be waiting, not only the hub's own answers.
  bool node_waits() const { return node_waits_; }
  void note_node() { node_waits_ = true; }

  /// Tells whether stanzas wait for the hub's own stream.
  bool stanzas_wait() const;
  /// Returns the first lane with stanzas that wait for any stream; null if there is none.
  const entry* first_waiting() const;
  /// Tells whether the hub's own stream takes stanzas of some sender.
  bool carries_pair() const;
  /// Tells whether it does, or may in a moment.
  bool holds_stream() const;

  /// Notes that the hub's own stream has ended.
  void end_stream();
  /// Erases the lanes that are `forgettable`.
  void forget_idle();

private:
  queue_account limits_; ///< outlives the queues.
  map lanes_;
  std::vector<entry*> busy_;
  time_point due_ = time_point::max();
  bool node_waits_ = false;
};

} // namespace fedhub
