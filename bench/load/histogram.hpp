// Latencies, counted with a bounded relative error.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace fedhub::load {

/// Counts values from 0 to 2^63 in buckets whose width grows with the value. Values up to 127 are
/// exact. From there on each power of two has 64 buckets, so a quantile is at most 0.8% off.
class histogram {
public:
  void add(uint64_t value) {
    ++counts_[index_of(value)];
    ++count_;
    if (value > max_)
      max_ = value;
  }

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; } ///< exact; 0 if there are no values.

  /// Returns a quantile: the middle of the bucket that holds the value of rank ceil(q * count),
  /// never more than `max`. Returns 0 if there are no values.
  /// @param q from 0 to 1.
  uint64_t quantile(double q) const;

private:
  static constexpr unsigned precision = 6; ///< log2 of the buckets for each power of two.

  static size_t index_of(uint64_t value) {
    const unsigned shift = value >> (precision + 1) ? std::bit_width(value) - precision - 1 : 0;
    return (size_t{shift} << precision) + (value >> shift);
  }
  static uint64_t middle_of(size_t index);

  std::array<uint64_t, (64 - precision + 1) << precision> counts_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

} // namespace fedhub::load
