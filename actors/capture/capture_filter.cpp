#include "actors/capture/capture_filter.hpp"

#include <algorithm>

namespace fedhub {

bool capture_filter::selects(const domain_name& domain) const {
  if (domain.empty() || stream_ != 0)
    return false;
  if (!domain_.empty())
    return same_under_either(domain_, domain);
  return std::ranges::any_of(served_, [&](const auto& pattern) { return pattern.matches(domain); });
}

} // namespace fedhub
