// Answers kept for their time to live.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "actors/dns/dns_message.hpp"

namespace fedhub {

struct dns_question_hash {
  size_t operator()(const dns_question& x) const noexcept {
    return std::hash<std::string>{}(x.name) * 31 + static_cast<size_t>(x.type);
  }
};

struct dns_cache_limits {
  size_t entries =
    16384; ///< about 4 MiB; a hub with more partners loses the one least recently used.
  /// Of all answers: one may be 64 KiB, and who wants to fill the hub's memory has many names.
  size_t octets = size_t{16} << 20;
  /// Below: a TTL of 0 would turn every retry of every domain into a question.
  std::chrono::seconds least{1};
  /// Above: RFC 2181 allows 68 years, and no server keeps its address that long.
  std::chrono::seconds most = std::chrono::hours{24};
  std::chrono::seconds negative{60};
  /// Failures, and negative answers without SOA: long enough that a dead DNS server is not asked
  /// for each stanza, short enough that its return is noticed.
  std::chrono::seconds failed{5};
};

/// The memory that an answer takes, about.
inline size_t octets_of(const dns_answer& x) {
  size_t result = sizeof x + x.detail.size() + x.canonical_name.size()
                  + x.addresses.size() * sizeof(socket_address);
  for (const auto& service : x.services)
    result += sizeof service + service.target.size();
  for (const auto& association : x.associations)
    result += sizeof association + association.data.size();
  return result;
}

/// Keeps answers by question, the most recently used ones if there are too many. The owner calls
/// `expire` when `next_expiry` has come. Knows no clock: time comes as a parameter and never goes
/// back.
class dns_cache {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit dns_cache(dns_cache_limits limits = {}) : limits_(limits) {}

  /// @returns the answer, or null if there is none that still holds. Valid until the next call that
  /// is not `find`.
  const dns_answer* find(const dns_question& question, time_point now) {
    auto i = index_.find(question);
    if (i == index_.end())
      return nullptr;
    if ((*i)->expires <= now) {
      erase(i);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, *i);
    return &entries_.front().answer;
  }

  void put(const dns_question& question, dns_answer answer, time_point now) {
    erase(question);
    auto size = size_of(question, answer);
    if (limits_.entries == 0 || size > limits_.octets)
      return;
    while (entries_.size() >= limits_.entries || octets_ + size > limits_.octets)
      erase(entries_.back().question);
    auto expires = now + time_to_keep(answer);
    entries_.push_front({question, std::move(answer), expires});
    index_.insert(entries_.begin());
    by_expiry_.insert(entries_.begin());
    octets_ += size;
  }

  /// Returns when the first answer's time is over; nothing if there is none.
  std::optional<time_point> next_expiry() const {
    return by_expiry_.empty() ? std::nullopt : std::optional{(*by_expiry_.begin())->expires};
  }

  /// Erases the answers whose time is over.
  void expire(time_point now) {
    while (!by_expiry_.empty() && (*by_expiry_.begin())->expires <= now)
      erase(index_.find((*by_expiry_.begin())->question));
    if (entries_.empty())
      index_ = index{}; // its buckets were as many as there were answers
  }

  /// How long this answer would be kept.
  std::chrono::seconds time_to_keep(const dns_answer& x) const {
    if (x.positive())
      return std::clamp(x.ttl.value_or(limits_.least), limits_.least, limits_.most);
    if (x.negative() && x.ttl)
      return std::clamp(*x.ttl, std::min(limits_.least, limits_.negative), limits_.negative);
    return std::min(limits_.failed, limits_.negative);
  }

  size_t size() const { return entries_.size(); }
  size_t octets() const { return octets_; }
  void clear() {
    by_expiry_.clear();
    index_.clear();
    entries_.clear();
    octets_ = 0;
  }

private:
  struct entry {
    dns_question question;
    dns_answer answer;
    time_point expires;
  };
  using place = std::list<entry>::iterator;
  /// Finds entries by their question.
  struct by_question {
    using is_transparent = void;
    static const dns_question& of(const dns_question& x) { return x; }
    static const dns_question& of(const place& x) { return x->question; }

    /// Not `noexcept`: so libstdc++ keeps the hash beside each place, and does not go to entries
    /// that have long left the processor's cache whenever a neighbour comes or goes.
    size_t operator()(const auto& x) const { return dns_question_hash{}(of(x)); }
    bool operator()(const auto& x, const auto& y) const { return of(x) == of(y); }
  };
  using index = std::unordered_set<place, by_question, by_question>;
  struct earlier {
    bool operator()(const place& x, const place& y) const {
      return x->expires != y->expires ? x->expires < y->expires : std::less<>{}(&*x, &*y);
    }
  };

  /// Of an entry, with its places in list and indexes. The same as long as it is there.
  static size_t size_of(const dns_question& question, const dns_answer& answer) {
    return question.name.size() + octets_of(answer) + 144;
  }

  void erase(const dns_question& question) {
    if (auto i = index_.find(question); i != index_.end())
      erase(i);
  }
  void erase(index::iterator i) {
    const auto at = *i;
    octets_ -= size_of(at->question, at->answer);
    index_.erase(i); // first: it looks at the entry
    by_expiry_.erase(at);
    entries_.erase(at);
  }

  dns_cache_limits limits_;
  std::list<entry> entries_; ///< the most recently used first.
  index index_;
  std::set<place, earlier> by_expiry_;
  size_t octets_ = 0;
};

} // namespace fedhub
