// Names of the API's users.
#pragma once

#include <algorithm>
#include <string_view>

namespace fedhub {

/// The names that `is_user_name` accepts, for problems.
inline constexpr std::string_view user_name_allowed =
  R"(1..64 letters, digits, "_", "-", "." and "@")";

/// Returns whether a user may have this name. The audit shows it, so it can't look like "uid 0".
inline bool is_user_name(std::string_view text) {
  constexpr std::string_view marks = "_-.@";
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [marks](char octet) {
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z')
           || (octet >= '0' && octet <= '9') || marks.find(octet) != marks.npos;
  });
}

} // namespace fedhub
