#include "actors/rules/unverified_servers.hpp"

#include <algorithm>

namespace fedhub {

bool unverified_servers::due(const std::string& domain, time_point now) {
  const std::lock_guard guard{mutex_};
  if (const auto known = logged_.find(domain); known != logged_.end()) {
    if (now - known->second < log_interval)
      return false;
    known->second = now;
    return true;
  }
  if (logged_.size() >= most_domains) {
    if (now - oldest_ < log_interval)
      return false;
    oldest_ = now;
    std::erase_if(logged_, [&](const auto& x) { return now - x.second >= log_interval; });
    for (const auto& x : logged_)
      oldest_ = std::min(oldest_, x.second);
    if (logged_.size() >= most_domains)
      return false;
  }
  if (logged_.empty())
    oldest_ = now;
  logged_.emplace(domain, now);
  return true;
}

} // namespace fedhub
