#include "protocol/admin/name_match.hpp"

namespace fedhub::admin {

namespace {

char lower(char octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet;
}

} // namespace

name_match::name_match(std::string_view pattern) {
  if (pattern.empty())
    return;
  const bool plain = pattern.find_first_of("*?") == std::string_view::npos;
  if (plain)
    pattern_ += '*';
  for (const char octet : pattern)
    pattern_ += lower(octet);
  if (plain)
    pattern_ += '*';
}

bool name_match::matches(std::string_view name) const {
  if (pattern_.empty())
    return true;
  // When the rest does not fit, only the last "*" is extended, so that no pattern takes long.
  constexpr auto none = std::string_view::npos;
  size_t at = 0;
  size_t star = none;
  size_t resumed = 0;
  for (size_t i = 0; i < name.size();) {
    if (at < pattern_.size() && pattern_[at] == '*') {
      star = at++;
      resumed = i;
    } else if (at < pattern_.size() && (pattern_[at] == '?' || pattern_[at] == lower(name[i]))) {
      ++at;
      ++i;
    } else if (star != none) {
      at = star + 1;
      i = ++resumed;
    } else {
      return false;
    }
  }
  return pattern_.find_first_not_of('*', at) == none;
}

} // namespace fedhub::admin
