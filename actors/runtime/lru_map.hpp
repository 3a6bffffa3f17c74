// A map of bounded size.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_set>
#include <utility>

namespace fedhub {

/// Keeps the values of the `capacity` keys that were used last. A further key displaces the least
/// recently used one. References to a key and its value are valid until the key is erased. Not
/// synchronised.
template <class Key, class Value, class Hash = std::hash<Key>>
class lru_map {
public:
  struct entry {
    const Key key;
    Value value;
  };

  explicit lru_map(size_t capacity) : capacity_(capacity) {}
  lru_map(lru_map&&) noexcept = default; // the index points to nodes of the list, which move along
  lru_map& operator=(lru_map&&) noexcept = default;

  /// Returns the key's value, and makes the key the most recently used; null if there is none.
  Value* use(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end())
      return nullptr;
    entries_.splice(entries_.begin(), entries_, *found);
    return &entries_.front().value;
  }

  /// Returns the key's entry, and does not count that as a use; null if there is none.
  const entry* entry_of(const Key& key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &**found;
  }
  /// Returns the key's value, and does not count that as a use; null if there is none.
  const Value* find(const Key& key) const {
    const auto* found = entry_of(key);
    return found == nullptr ? nullptr : &found->value;
  }

  /// Adds the key or replaces its value, and makes the key the most recently used.
  /// @returns the entry, valid until its key is erased. With capacity 0 it is erased at once.
  const entry& put(const Key& key, Value value) {
    if (auto* known = use(key)) {
      *known = std::move(value);
      return entries_.front();
    }
    entries_.push_front({key, std::move(value)});
    index_.insert(entries_.begin());
    const auto& added = entries_.front();
    if (entries_.size() > capacity_)
      erase_oldest();
    return added;
  }

  /// Erases a key. @param key may be the entry's own. @returns whether it was there.
  bool erase(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end())
      return false;
    const auto place = *found;
    index_.erase(found); // before the entry, which it reads
    entries_.erase(place);
    return true;
  }

  /// Erases every entry of which `unwanted` is true.
  template <class Predicate>
  void erase_if(Predicate unwanted) {
    for (auto place = entries_.begin(); place != entries_.end();)
      if (const auto at = place++; unwanted(std::as_const(*at))) {
        index_.erase(index_.find(at->key));
        entries_.erase(at);
      }
  }

  /// Returns the entry that was used least recently. @pre not `empty`.
  const entry& oldest() const { return entries_.back(); }

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  /// Erases everything, and frees the memory of the index.
  void clear() {
    index_ = {};
    entries_.clear();
  }

private:
  using place = typename std::list<entry>::iterator;

  /// Finds entries by their key, so that a key is stored only once.
  struct by_key {
    using is_transparent = void;
    static const Key& of(const Key& key) { return key; }
    static const Key& of(const place& at) { return at->key; }

    /// Not `noexcept`, so that libstdc++ stores the hash beside each place. Else it would read
    /// entries that have left the processor's cache when a neighbour is added or erased.
    size_t operator()(const auto& sought) const { return Hash{}(of(sought)); }
    bool operator()(const auto& a, const auto& b) const { return of(a) == of(b); }
  };

  void erase_oldest() {
    index_.erase(index_.find(entries_.back().key));
    entries_.pop_back();
  }

  size_t capacity_;
  std::list<entry> entries_; ///< the most recently used first.
  std::unordered_set<place, by_key, by_key> index_;
};

} // namespace fedhub
