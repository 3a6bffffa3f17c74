// The cache of DNS answers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/dns/dns_message.hpp"
#include "actors/runtime/lru_map.hpp"

namespace fedhub {

struct dns_question_hash {
  size_t operator()(const dns_question& x) const noexcept {
    return std::hash<std::string>{}(x.name) * 31 + static_cast<size_t>(x.type);
  }
};

struct dns_cache_limits {
  /// About 4 MiB of answers. Beyond it, the least recently used answer is erased.
  size_t entries = 16384;
  /// The memory of all answers together. A single answer may have 64 KiB, and an attacker can own
  /// many names.
  size_t octets = size_t{16} << 20;
  /// The lower bound of a TTL. With a TTL of 0, every retry of every domain would cost a question.
  std::chrono::seconds least{1};
  /// The upper bound of a TTL. RFC 2181 allows 68 years; no server keeps its address that long.
  std::chrono::seconds most = std::chrono::hours{24};
  std::chrono::seconds negative{60};
  /// How long failures, and negative answers without SOA, are kept. Long enough that a dead DNS
  /// server is not asked for each stanza; short enough that its return is noticed.
  std::chrono::seconds failed{5};
};

/// Returns about how many octets of memory an answer takes.
inline size_t octets_of(const dns_answer& answer) {
  size_t result = sizeof answer + answer.detail.size() + answer.canonical_name.size()
                  + answer.addresses.size() * sizeof(socket_address);
  for (const auto& service : answer.services)
    result += sizeof service + service.target.size();
  for (const auto& association : answer.associations)
    result += sizeof association + association.data.size();
  return result;
}

/// Keeps answers by question. If there are too many, it erases the least recently used ones. The
/// owner calls `expire` when `next_expiry` has come. It has no clock: time is a parameter that
/// never goes back.
class dns_cache {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit dns_cache(dns_cache_limits limits = {}) : limits_(limits), entries_(limits.entries) {}

  /// Returns the answer, or null if there is none or it has expired. The pointer is valid until the
  /// next call other than `find`.
  const dns_answer* find(const dns_question& question, time_point now) {
    const auto* known = entries_.use(question);
    if (known == nullptr)
      return nullptr;
    if (known->expires <= now) {
      erase(question);
      return nullptr;
    }
    return &known->answer;
  }

  void put(const dns_question& question, dns_answer answer, time_point now) {
    erase(question);
    const auto size = size_of(question, answer);
    if (limits_.entries == 0 || size > limits_.octets)
      return;
    while (entries_.size() >= limits_.entries || octets_ + size > limits_.octets)
      erase(entries_.oldest().key);
    const auto expires = now + time_to_keep(answer);
    by_expiry_.insert(&entries_.put(question, {std::move(answer), expires}));
    octets_ += size;
  }

  /// Returns how long the answer is still kept; 0 if there is none.
  std::chrono::seconds time_left(const dns_question& question, time_point now) const {
    const auto* known = entries_.entry_of(question);
    if (known == nullptr || known->value.expires <= now)
      return std::chrono::seconds{0};
    return std::chrono::ceil<std::chrono::seconds>(known->value.expires - now);
  }

  /// Erases the answers about this name and all names below it. Takes time for each answer kept.
  void forget(std::string_view name) {
    std::vector<dns_question> unwanted;
    for (const auto* known : by_expiry_)
      if (is_within(known->key.name, name))
        unwanted.push_back(known->key);
    for (const auto& question : unwanted)
      erase(question);
  }

  /// Returns when the next answer expires; nothing if the cache is empty.
  std::optional<time_point> next_expiry() const {
    return by_expiry_.empty() ? std::nullopt : std::optional{(*by_expiry_.begin())->value.expires};
  }

  /// Erases the answers that have expired.
  void expire(time_point now) {
    while (!by_expiry_.empty() && (*by_expiry_.begin())->value.expires <= now)
      erase((*by_expiry_.begin())->key);
    if (entries_.empty())
      entries_.clear(); // releases the index, which does not shrink by itself
  }

  /// Returns how long this answer would be kept.
  std::chrono::seconds time_to_keep(const dns_answer& answer) const {
    if (answer.positive())
      return std::clamp(answer.ttl.value_or(limits_.least), limits_.least, limits_.most);
    if (answer.negative() && answer.ttl)
      return std::clamp(*answer.ttl, std::min(limits_.least, limits_.negative), limits_.negative);
    return std::min(limits_.failed, limits_.negative);
  }

  size_t size() const { return entries_.size(); }
  size_t octets() const { return octets_; }
  void clear() {
    by_expiry_.clear();
    entries_.clear();
    octets_ = 0;
  }

private:
  struct kept {
    dns_answer answer;
    time_point expires;
  };
  using cache = lru_map<dns_question, kept, dns_question_hash>;
  using entry = const cache::entry*; ///< valid until the entry is erased.
  struct earlier {
    bool operator()(entry a, entry b) const {
      return a->value.expires != b->value.expires ? a->value.expires < b->value.expires
                                                  : std::less<>{}(a, b);
    }
  };

  /// Returns whether a name is `top` or stands below it.
  static bool is_within(std::string_view name, std::string_view top) {
    if (!name.ends_with(top))
      return false;
    name.remove_suffix(top.size());
    return name.empty() || name.ends_with('.');
  }

  /// Returns the memory of an entry, its places in the list and in the indexes included. Constant
  /// over the entry's lifetime.
  static size_t size_of(const dns_question& question, const dns_answer& answer) {
    return question.name.size() + octets_of(answer) + 144;
  }

  /// @param question may be the entry's own key.
  void erase(const dns_question& question) {
    const auto* known = entries_.entry_of(question);
    if (known == nullptr)
      return;
    octets_ -= size_of(known->key, known->value.answer);
    by_expiry_.erase(known);
    entries_.erase(known->key);
  }

  dns_cache_limits limits_;
  cache entries_;
  std::set<entry, earlier> by_expiry_;
  size_t octets_ = 0;
};

} // namespace fedhub
