// The fences that a node has answered while its link held stanzas.
#pragma once

#include <algorithm>
#include <vector>

#include "actors/rules/routing_table.hpp"
#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// After a fence, stanzas for a bare JID may go to another node while the former node's link still
/// holds older ones. If the link returns those, they can't be passed on any more, since newer ones
/// may have arrived. Belongs to a node actor, for the life of one link.
class answered_fences {
public:
  void add(routing_table_ptr table, time_point now) {
    // Each router sends a fence of its own, and may have used the old table until then.
    if (!fences_.empty() && fences_.back().table == table) {
      fences_.back().at = now;
      return;
    }
    if (fences_.size() == most) {
      forgotten_ = fences_.front().at;
      fences_.erase(fences_.begin());
    }
    fences_.push_back({std::move(table), now});
  }

  /// Returns whether stanzas for the same addressee may have gone to another node than `me` since
  /// `stanza` came.
  bool moved(const stanza& stanza, const node_sink_actor& me) const {
    return stanza.to != nullptr && std::ranges::any_of(fences_, [&](auto& fence) {
             const auto* candidates = fence.table->serving(stanza.to->name);
             return candidates != nullptr && candidates->size() > 1
                    && ((stanza.since <= fence.at
                         && fence.table->choose(*candidates, addressee(stanza)).sink != me)
                        || stanza.since <= forgotten_);
           });
  }

private:
  /// The most fences. Beyond this, the oldest is forgotten, and stanzas that came before it count
  /// as moved.
  static constexpr size_t most = 8;

  struct fence {
    routing_table_ptr table;
    time_point at;
  };
  std::vector<fence> fences_; ///< oldest first.
  time_point forgotten_ = time_point::min();
};

} // namespace fedhub
