// How many DNS searches there may be at a time, and for whom.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "actors/dns/dns_asker.hpp"
#include "actors/runtime/most_held.hpp"

namespace fedhub {

/// Counts searches under way. Nodes may have all of them; remote domains and strangers together
/// three quarters, and strangers alone half. Of these parts an address may have no more than are
/// left of it: one alone gets half of a part, and there is something left for the next one as long
/// as there are fewer addresses than searches.
///
/// Belongs to one actor.
class dns_budget {
public:
  explicit dns_budget(size_t searches) : searches_(searches) {}

  /// Takes a search of this asker's in. @returns false if there is no room.
  bool enter(const dns_asker& x);
  /// @pre `x` was taken in.
  void leave(const dns_asker& x);

  size_t under_way() const { return used_[0] + used_[1] + used_[2]; }
  size_t under_way(dns_party x) const { return used_[static_cast<size_t>(x)]; }

private:
  bool room_for(const dns_asker& x) const;
  /// The searches that may be under way for this party and all that stand behind it.
  size_t part(dns_party x) const;

  size_t searches_;
  std::array<size_t, 3> used_{};
  std::array<most_held<address_group>, 3> by_address_; ///< not of nodes.
};

} // namespace fedhub
