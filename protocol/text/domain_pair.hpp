// Pairs of domains, for which streams are authorised.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// A sender domain and a target domain (XEP-0220 §1.1): what a stream speaks for.
struct domain_pair {
  domain_name from;
  domain_name to;

  friend bool operator==(const domain_pair&, const domain_pair&) = default;
  friend auto operator<=>(const domain_pair&, const domain_pair&) = default;
};

} // namespace fedhub

template <>
struct std::hash<fedhub::domain_pair> {
  size_t operator()(const fedhub::domain_pair& pair) const noexcept {
    return std::hash<std::string>{}(pair.from.str()) * 1099511628211u
           ^ std::hash<std::string>{}(pair.to.str());
  }
};
