#include "bench/load/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub::load {

namespace {

TEST(Histogram, is_exact_for_small_values) {
  histogram histogram;
  for (uint64_t value = 0; value < 128; ++value)
    histogram.add(value);
  for (uint64_t rank = 1; rank <= 128; ++rank)
    EXPECT_EQ(histogram.quantile(static_cast<double>(rank) / 128), rank - 1);
}

TEST(Histogram, tells_each_value_within_a_hundredth) {
  for (unsigned bits = 7; bits < 63; ++bits)
    for (const uint64_t value : {uint64_t{1} << bits, (uint64_t{1} << bits) + 1,
                                 (uint64_t{3} << (bits - 1)) + 7, (uint64_t{2} << bits) - 1}) {
      histogram histogram;
      histogram.add(value);
      histogram.add(INT64_MAX); // so that the quantile is not limited by the maximum
      const auto reported = static_cast<double>(histogram.quantile(0.5));
      EXPECT_NEAR(reported / static_cast<double>(value), 1, 0.01) << value;
    }
}

TEST(Histogram, tells_the_quantiles_of_a_million_values_within_a_hundredth) {
  std::mt19937_64 random{7};
  std::lognormal_distribution<double> shape{12, 1.5};
  histogram histogram;
  std::vector<uint64_t> values;
  for (int i = 0; i < 1'000'000; ++i) {
    values.push_back(static_cast<uint64_t>(shape(random)));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const double q : {0.0001, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(values.size())));
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(q)), exact, exact / 100) << q;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count(), values.size());
}

TEST(Histogram, never_tells_more_than_the_maximum) {
  histogram histogram;
  histogram.add(1'000'001);
  EXPECT_EQ(histogram.quantile(1), 1'000'001);
  EXPECT_LE(histogram.quantile(0.5), 1'000'001);
}

TEST(Histogram, is_zero_when_empty) {
  const histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.count(), 0);
}

} // namespace

} // namespace fedhub::load
