// How many events of its streams the history shows of one domain.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace fedhub {

/// Admits the first events of each domain in each hour, and counts the rest, so that a domain whose
/// streams come and go takes at most a few percent of the file, and pushes out no other's past.
///
/// Peers choose the domains, so it knows at most `most_domains` at a time. Further ones share
/// `rows_of_the_rest`.
///
/// A value: time is a parameter.
class domain_sums {
public:
  using clock = std::chrono::steady_clock;
  static constexpr uint64_t rows = 100; ///< of one domain in an hour.
  static constexpr uint64_t rows_of_the_rest = 1000;
  static constexpr std::chrono::hours period{1};
  static constexpr size_t most_domains = 10'000;

  /// Takes an event of a domain's stream. @returns whether it may have a row of its own.
  bool admit(const std::string& domain, clock::time_point now);

  /// Events that have no rows of their own.
  struct sum {
    std::string domain; ///< empty: of several domains.
    uint64_t count = 0;
  };
  /// Returns what `admit` has left out in hours that are over, and forgets it.
  std::vector<sum> take(clock::time_point now);
  /// Returns what `admit` has left out, and forgets it.
  std::vector<sum> take_all();

  /// Returns when `take` has something to return; nothing if nothing was left out.
  std::optional<clock::time_point> due() const { return due_; }

private:
  struct tally {
    clock::time_point begin = {}; ///< of the hour.
    uint32_t admitted = 0;
    uint32_t left_out = 0;

    bool is_over(clock::time_point now) const { return now >= begin + period; }
  };
  tally& tally_of(size_t domain, clock::time_point now);
  std::vector<sum> take_if(clock::time_point now, bool all);
  void make_room(clock::time_point now);

  /// By the hashes of the domains, since there may be one for each stream. Domains with the same
  /// hash share a tally.
  std::unordered_map<size_t, tally> tallies_;
  std::unordered_map<size_t, std::string> names_; ///< of those with events left out.
  tally rest_;
  std::optional<clock::time_point> due_;
  clock::time_point swept_ = {}; ///< when `make_room` last looked at all.
};

} // namespace fedhub
