// All that waits for a domain, by sender domain.
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

  /// @returns the sender's lane, and whether it was made just now.
  std::pair<entry&, bool> of(const domain_name& sender) {
    auto [found, added] = lanes_.try_emplace(sender, limits_);
    return {*found, added};
  }
  /// @returns null if there is none.
  const lane* find(const domain_name& sender) const {
    const auto found = lanes_.find(sender);
    return found == lanes_.end() ? nullptr : &found->second;
  }

  /// Those that may have work, in the order in which they came to be: what is done at each tick
  /// looks at these only, not at thousands that have their way. What is done for each batch looks
  /// at the lanes of the batch only.
  const std::vector<entry*>& busy() const { return busy_; }
  /// To be called for a lane into whose queue something was put, or whose pair is asked for.
  void note_busy(entry& x, const lane_patience& patience);
  /// Lets go of lanes that have no work any more.
  void prune_busy();

  /// When there is something to do about the first of the busy lanes, or before.
  time_point due() const { return due_; }
  /// There is something to do about a lane by then.
  void due_by(time_point x) { due_ = std::min(due_, x); }
  /// All busy lanes are about to be looked at, each followed by `due_by`.
  void begin_round() { due_ = time_point::max(); }

  /// Some of the stanzas that wait may be a node's, and not the hub's own answers.
  bool node_waits() const { return node_waits_; }
  void note_node() { node_waits_ = true; }

  /// Stanzas wait for the hub's own stream.
  bool stanzas_wait() const;
  /// @returns the first lane of which stanzas wait, for whatever stream; null if none does.
  const entry* first_waiting() const;
  /// The hub's own stream takes stanzas of some sender.
  bool carries_pair() const;
  /// The same, or may in a moment.
  bool holds_stream() const;

  /// The hub's own stream has ended.
  void end_stream();
  /// Lets go of lanes with which nothing is lost.
  void forget_idle();

private:
  queue_account limits_; ///< outlives the queues.
  map lanes_;
  std::vector<entry*> busy_;
  time_point due_ = time_point::max();
  bool node_waits_ = false;
};

} // namespace fedhub
