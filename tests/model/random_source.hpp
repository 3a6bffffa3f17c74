// The random numbers of a run: the same seed gives the same run.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace fedhub::model {

/// The random source of one run. Does not use `std::uniform_int_distribution`, which differs
/// between libraries.
class random_source {
public:
  explicit random_source(uint64_t seed) : engine_(seed) {}

  /// @returns a number from 0 to `bound - 1`. @pre `bound > 0`
  uint64_t below(uint64_t bound) { return engine_() % bound; }
  /// @returns true in `percent` of 100 cases.
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  T& pick(std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

private:
  std::mt19937_64 engine_;
};

} // namespace fedhub::model
