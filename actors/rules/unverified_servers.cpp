#include "actors/rules/unverified_servers.hpp"

#include <algorithm>

namespace fedhub {

bool unverified_servers::due(const std::string& domain, time_point now) {
  const std::lock_guard guard{mutex_};
  if (const auto known = told_.find(domain); known != told_.end()) {
    if (now - known->second < told_for)
      return false;
    known->second = now;
    return true;
  }
  if (told_.size() >= most_domains) {
    if (now - oldest_ < told_for)
      return false;
    oldest_ = now;
    std::erase_if(told_, [&](const auto& x) { return now - x.second >= told_for; });
    for (const auto& x : told_)
      oldest_ = std::min(oldest_, x.second);
    if (told_.size() >= most_domains)
      return false;
  }
  if (told_.empty())
    oldest_ = now;
  told_.emplace(domain, now);
  return true;
}

} // namespace fedhub
