// The component nodes' links, for those who claim to be one.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "actors/rules/takeover_guard.hpp"

namespace fedhub {

/// One `takeover_guard` per component node. A claim is judged by the connection that makes it, so
/// that one that is refused never reaches the node's actor.
///
/// Thread safety: all of it, by a mutex: it is asked once per log-in of a node. Its size is that of
/// the configured nodes; names that are configured no more are forgotten after a minute.
class node_claims {
public:
  using time_point = takeover_guard::time_point;

  takeover_guard::ruling claim(const std::string& node, uint64_t link, const std::string& from,
                               time_point now) {
    const std::lock_guard guard{mutex_};
    if (!nodes_.contains(node)) // the only time at which it grows
      std::erase_if(nodes_, [&](auto& x) { return x.second.idle(now); });
    return nodes_[node].claim(link, from, now);
  }

  void gone(const std::string& node, uint64_t link) {
    const std::lock_guard guard{mutex_};
    if (auto known = nodes_.find(node); known != nodes_.end())
      known->second.gone(link);
  }

  bool take_question(const std::string& node, uint64_t link) {
    const std::lock_guard guard{mutex_};
    auto known = nodes_.find(node);
    return known != nodes_.end() && known->second.take_question(link);
  }

  void unanswered(const std::string& node, uint64_t link) {
    const std::lock_guard guard{mutex_};
    if (auto known = nodes_.find(node); known != nodes_.end())
      known->second.unanswered(link);
  }

  size_t size() const {
    const std::lock_guard guard{mutex_};
    return nodes_.size();
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, takeover_guard> nodes_; ///< by name.
};

} // namespace fedhub
