// Maps domains to what is configured for them, for the path that every stanza takes.
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

namespace fedhub {

/// Filled once, then asked. Holds its keys back to back and its slots in one array, so that a
/// question touches three cache lines however many domains there are; a standard map touches one
/// more for each entry of the bucket, and hashes it again.
///
/// The order of keys with the same hash is the configuration's, not a peer's: nobody outside can
/// make it slow.
template <class T>
class domain_map {
public:
  struct entry {
    uint32_t begin; ///< of the key, in the text of all keys.
    uint32_t size;
    T value;
  };

  bool empty() const { return entries_.empty(); }

  /// The value of a domain; a new one if it has none. Ends the validity of what was found before.
  T& operator[](const domain_name& x) {
    if (const T* found = find(x.str()))
      return const_cast<T&>(*found);
    if (2 * (entries_.size() + 1) > slots_.size())
      grow();
    const auto begin = static_cast<uint32_t>(text_.size());
    text_ += x.str();
    entries_.push_back({begin, static_cast<uint32_t>(x.str().size()), T{}});
    place(hash(x.str()), static_cast<uint32_t>(entries_.size()));
    return entries_.back().value;
  }

  /// The value of a domain in normal form; null if it has none. Valid as long as the map does not
  /// change.
  const T* find(std::string_view domain) const {
    if (entries_.empty())
      return nullptr;
    const uint64_t x = hash(domain);
    for (size_t i = x & mask();; i = (i + 1) & mask()) {
      const slot& at = slots_[i];
      if (at.number == 0)
        return nullptr;
      if (at.tag == tag(x) && key(entries_[at.number - 1]) == domain)
        return &entries_[at.number - 1].value;
    }
  }

  /// The value of the nearest domain above: of "a.b.c" that of "b.c", else that of "c". Null for
  /// addresses, which have nothing above them.
  const T* find_above(const domain_name& x) const {
    std::string_view rest = x.str();
    // Only a dotted address ends in a digit and has dots, and few names end in one.
    if (entries_.empty() || (ends_in_digit(rest) && x.is_ip_literal()))
      return nullptr;
    for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
      rest.remove_prefix(dot + 1);
      if (const T* found = find(rest))
        return found;
    }
    return nullptr;
  }

  /// All entries, in the order of their first mention.
  const std::vector<entry>& entries() const { return entries_; }

private:
  struct slot {
    uint32_t tag = 0;    ///< the upper half of the key's hash.
    uint32_t number = 0; ///< 1 + the entry's index; 0: free.
  };

  static uint64_t hash(std::string_view x) { return std::hash<std::string_view>{}(x); }
  static uint32_t tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static bool ends_in_digit(std::string_view x) {
    return !x.empty() && x.back() >= '0' && x.back() <= '9';
  }
  std::string_view key(const entry& x) const {
    return std::string_view{text_}.substr(x.begin, x.size);
  }
  size_t mask() const { return slots_.size() - 1; }

  void place(uint64_t hash, uint32_t number) {
    size_t i = hash & mask();
    while (slots_[i].number != 0)
      i = (i + 1) & mask();
    slots_[i] = {tag(hash), number};
  }

  /// At most half of the slots are in use: searches stay short, and come to an end.
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
  void add(const domain_pattern& x) {
    if (!x.wildcard())
      exact_[x.base()] = true;
    else if (x.base().empty())
      all_ = true;
    else
      above_[x.base()] = true;
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
