// Maps domains to their configuration, for use on the path of every stanza.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

/// A hash table that is filled once and then only read. The keys lie back to back in one text and
/// the slots in one array, so a look-up touches three cache lines however many domains there are. A
/// standard map touches one more for each entry of the bucket, and hashes the entry again.
///
/// Keys with the same hash are searched in the configuration's order. No peer can add a key, so no
/// peer can make a look-up slow.
template <class T>
class domain_map {
public:
  struct entry {
    uint32_t begin; ///< of the key, in the text of all keys.
    uint32_t size;
    T value;
  };

  bool empty() const { return entries_.empty(); }

  /// Returns the value of a domain; inserts a new one if it has none. Invalidates pointers that
  /// `find` returned before.
  T& operator[](const domain_name& domain) {
    if (const T* found = find(domain.str()))
      return const_cast<T&>(*found);
    if (2 * (entries_.size() + 1) > slots_.size())
      grow();
    const auto begin = static_cast<uint32_t>(text_.size());
    text_ += domain.str();
    entries_.push_back({begin, static_cast<uint32_t>(domain.str().size()), T{}});
    place(hash(domain.str()), static_cast<uint32_t>(entries_.size()));
    return entries_.back().value;
  }

  /// Returns the value of a domain in normal form; null if it has none. Valid until the map
  /// changes.
  const T* find(std::string_view domain) const {
    if (entries_.empty())
      return nullptr;
    const uint64_t key_hash = hash(domain);
    for (size_t i = key_hash & mask();; i = (i + 1) & mask()) {
      const slot& at = slots_[i];
      if (at.number == 0)
        return nullptr;
      if (at.tag == tag(key_hash) && key(entries_[at.number - 1]) == domain)
        return &entries_[at.number - 1].value;
    }
  }

  /// Returns the value of the nearest parent domain: for "a.b.c" that of "b.c", else that of "c".
  /// Null for IP addresses, which have no parent.
  const T* find_above(const domain_name& domain) const {
    std::string_view rest = domain.str();
    // A dotted IPv4 address ends in a digit and contains dots. Few names end in a digit.
    if (entries_.empty() || (ends_in_digit(rest) && domain.is_ip_literal()))
      return nullptr;
    for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
      rest.remove_prefix(dot + 1);
      if (const T* found = find(rest))
        return found;
    }
    return nullptr;
  }

  /// Returns all entries, in the order of insertion.
  const std::vector<entry>& entries() const { return entries_; }

private:
  struct slot {
    uint32_t tag = 0;    ///< the upper half of the key's hash.
    uint32_t number = 0; ///< 1 + the entry's index; 0: free.
  };

  static uint64_t hash(std::string_view x) { return std::hash<std::string_view>{}(x); }
  static uint32_t tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static bool ends_in_digit(std::string_view text) {
    return !text.empty() && text.back() >= '0' && text.back() <= '9';
  }
  std::string_view key(const entry& item) const {
    return std::string_view{text_}.substr(item.begin, item.size);
  }
  size_t mask() const { return slots_.size() - 1; }

  void place(uint64_t hash, uint32_t number) {
    size_t i = hash & mask();
    while (slots_[i].number != 0)
      i = (i + 1) & mask();
    slots_[i] = {tag(hash), number};
  }

  /// Keeps at most half of the slots in use, so that searches are short and come to an end.
  void grow() {
    slots_.assign(std::bit_ceil(4 * (entries_.size() + 1)), {});
    for (size_t i = 0; i < entries_.size(); ++i)
      place(hash(key(entries_[i])), static_cast<uint32_t>(i + 1));
  }

  std::string text_;
  std::vector<entry> entries_;
  std::vector<slot> slots_; ///< a power of two.
};

/// Domains by name and by pattern.
class domain_set {
public:
  void add(const domain_pattern& pattern) {
    if (!pattern.wildcard())
      exact_[pattern.base()] = true;
    else if (pattern.base().empty())
      all_ = true;
    else
      above_[pattern.base()] = true;
  }
  bool contains(const domain_name& x) const {
    return all_ || exact_.find(x.str()) != nullptr || above_.find_above(x) != nullptr;
  }

private:
  bool all_ = false;
  domain_map<bool> exact_;
  domain_map<bool> above_; ///< "*.b" by "b".
};

} // namespace fedhub
