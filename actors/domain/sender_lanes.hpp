// All stanzas that wait for a domain, by sender domain.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "actors/domain/lane.hpp"

namespace fedhub {

/// Holds the lanes of one domain.
///
/// Invariants: a lane is in `busy` once if it is marked busy, else not at all. If `note_busy` was
/// called for each lane that got work, all lanes with work are busy, and `due` is no later than
/// their first deadline.
///
/// Belongs to one actor.
class sender_lanes {
public:
  using map = std::map<domain_name, lane>; ///< by sender domain.
  using entry = map::value_type;

  /// @param max_bytes,max_stanzas limits of copied stanzas, all lanes together.
  sender_lanes(int64_t max_bytes, int64_t max_stanzas, accounting& account)
    : limits_(max_bytes, max_stanzas, account) {}

  queue_account& limits() { return limits_; }
  map& all() { return lanes_; }
  const map& all() const { return lanes_; }

  /// Returns the sender's lane, and whether it is new.
  std::pair<entry&, bool> of(const domain_name& sender) {
    auto [found, added] = lanes_.try_emplace(sender, limits_);
    return {*found, added};
  }
  /// Returns the sender's lane; null if there is none.
  const lane* find(const domain_name& sender) const {
    const auto found = lanes_.find(sender);
    return found == lanes_.end() ? nullptr : &found->second;
  }

  /// Returns the lanes that may have work, in the order in which they became busy. A tick looks at
  /// these only, not at thousands of lanes without work. A batch looks at its own lanes only.
  const std::vector<entry*>& busy() const { return busy_; }
  /// Marks a lane busy. Call it after a stanza was queued or the pair was asked for.
  void note_busy(entry& entry, const lane_patience& patience);
  /// Removes lanes without work from `busy`.
  void prune_busy();

  /// Returns when the first busy lane needs attention, or an earlier time.
  time_point due() const { return due_; }
  /// Notes that a lane needs attention by that time.
  void due_by(time_point x) { due_ = std::min(due_, x); }
  /// Begins a look at all busy lanes; call `due_by` for each of them.
  void begin_round() { due_ = time_point::max(); }

  /// Returns whether nodes' stanzas may be waiting, not only the hub's own answers.
  bool node_waits() const { return node_waits_; }
  void note_node() { node_waits_ = true; }

  /// Returns whether stanzas wait for the hub's own stream.
  bool stanzas_wait() const;
  /// Returns the first lane with stanzas that wait for any stream; null if there is none.
  const entry* first_waiting() const;
  /// Returns whether the hub's own stream takes stanzas of some sender.
  bool carries_pair() const;
  /// Returns whether the hub's own stream takes stanzas of some sender, or may soon do so.
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
