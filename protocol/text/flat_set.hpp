// A set for a few values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace fedhub {

/// Distinct values in ascending order, in one piece of memory. An insertion takes time in
/// proportion to the size.
template <class T>
class flat_set {
public:
  using value_type = T;
  using const_iterator = typename std::vector<T>::const_iterator;

  /// Inserts a value unless the set has an equal one.
  /// @returns the value in the set. The reference is valid until the set changes.
  const T& insert(T item) {
    auto at = std::ranges::lower_bound(values_, item);
    if (at == values_.end() || item < *at)
      at = values_.insert(at, std::move(item));
    return *at;
  }
  bool contains(const T& x) const { return std::ranges::binary_search(values_, x); }

  bool empty() const { return values_.empty(); }
  size_t size() const { return values_.size(); }
  const_iterator begin() const { return values_.begin(); }
  const_iterator end() const { return values_.end(); }

private:
  std::vector<T> values_;
};

} // namespace fedhub
