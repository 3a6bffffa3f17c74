// Bounds the number of DNS searches under way, and shares it among parties.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "actors/dns/dns_asker.hpp"
#include "actors/runtime/most_held.hpp"

namespace fedhub {

/// Counts searches under way, and decides whether one more may begin.
///
/// - Nodes may use all searches.
/// - Remote domains and strangers together may use three quarters.
/// - Strangers alone may use half.
///
/// Inside the last two parts, one address may have no more searches than the part has left. So one
/// address alone gets half of a part. A further address still finds room as long as there are fewer
/// addresses than searches.
///
/// Belongs to one actor.
class dns_budget {
public:
  explicit dns_budget(size_t searches) : searches_(searches) {}

  /// Counts one more search for this asker. @returns false if there is no room.
  bool enter(const dns_asker& asker);
  /// Ends a search of this asker. @pre `enter(x)` returned true for it.
  void leave(const dns_asker& asker);

  size_t under_way() const { return used_[0] + used_[1] + used_[2]; }
  size_t under_way(dns_party x) const { return used_[static_cast<size_t>(x)]; }

private:
  bool room_for(const dns_asker& asker) const;
  /// Returns how many searches this party, and all parties after it in `party`, may have
  /// together.
  size_t part(dns_party party) const;

  size_t searches_;
  std::array<size_t, 3> used_{};
  std::array<most_held<address_group>, 3> by_address_; ///< unused for `node`.
};

} // namespace fedhub
