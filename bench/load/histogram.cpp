#include "bench/load/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace fedhub::load {

uint64_t histogram::middle_of(size_t index) {
  if (index >> (precision + 1) == 0)
    return index;
  const size_t shift = (index >> precision) - 1;
  const uint64_t mantissa = index - (shift << precision);
  return (mantissa << shift) + (uint64_t{1} << shift) / 2;
}

uint64_t histogram::quantile(double q) const {
  const auto rank = std::max<uint64_t>(
    1, static_cast<uint64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i)
    if (seen += counts_[i]; seen >= rank)
      return std::min(middle_of(i), max_);
  return 0;
}

} // namespace fedhub::load
