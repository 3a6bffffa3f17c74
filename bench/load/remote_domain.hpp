// Names of the remote domains: `rK.load.example`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/decimal.hpp"

namespace fedhub::load {

inline constexpr std::string_view world_suffix = ".load.example";

inline std::string remote_domain(uint64_t number) {
  return 'r' + std::to_string(number) + std::string{world_suffix};
}

/// Returns the number in `name`, which is in lower case; nothing if it is no remote domain.
inline std::optional<uint64_t> remote_number(std::string_view name) {
  if (!name.starts_with('r') || !name.ends_with(world_suffix))
    return std::nullopt;
  const auto digits = name.substr(1, name.size() - 1 - world_suffix.size());
  return parse_decimal<uint64_t>(digits);
}

} // namespace fedhub::load
