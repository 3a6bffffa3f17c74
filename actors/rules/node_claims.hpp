// The claims of connections to component nodes.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "actors/rules/takeover_guard.hpp"

namespace fedhub {

/// Holds one `takeover_guard` per component node. The connection that makes a claim judges it, so a
/// refused one never reaches the node's actor.
///
/// Thread safety: all of it, by a mutex, which is rarely taken: when a node's links come, go or are
/// questioned. Holds as many entries as there are configured nodes. Names that are not configured
/// any more are forgotten, a minute after their last use at the earliest.
class node_claims {
public:
  using time_point = takeover_guard::time_point;

  takeover_guard::ruling claim(const std::string& node, uint64_t link, const std::string& from,
                               time_point now) {
    const std::lock_guard guard{mutex_};
    if (!nodes_.contains(node)) // only here the map grows
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

  /// Returns the nodes that two processes take from each other now.
  std::vector<std::string> fights(time_point now) const {
    const std::lock_guard guard{mutex_};
    std::vector<std::string> names;
    for (const auto& [name, node] : nodes_)
      if (node.fighting(now))
        names.push_back(name);
    return names;
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
