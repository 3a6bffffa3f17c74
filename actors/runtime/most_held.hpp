// Counts how many items each holder has, and ranks the holders.
#pragma once

#include <cstddef>
#include <set>
#include <unordered_map>
#include <utility>

namespace fedhub {

/// Counts items by holder. A holder without items is not stored. `Key` needs a hash and an order.
///
/// Each call costs at most the logarithm of the number of holders.
template <class Key>
class most_held {
public:
  size_t of(const Key& key) const {
    auto known = counts_.find(key);
    return known == counts_.end() ? 0 : known->second;
  }

  void add(const Key& x) { set(x, of(x) + 1); }
  /// @pre `of(x) > 0`
  void remove(const Key& x) { set(x, of(x) - 1); }

  size_t holders() const { return counts_.size(); }
  /// Returns pairs of count and holder, the smallest count first.
  const auto& ranking() const { return ranking_; }

private:
  void set(const Key& key, size_t count) {
    auto& known = counts_[key];
    if (known > 0)
      ranking_.erase({known, key});
    known = count;
    if (count > 0)
      ranking_.emplace(count, key);
    else
      counts_.erase(key);
  }

  std::unordered_map<Key, size_t> counts_;
  std::set<std::pair<size_t, Key>> ranking_;
};

} // namespace fedhub
