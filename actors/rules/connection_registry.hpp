// The connections that there are, for those who speak to all of them: stop and reload.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// Thread safety: all of it, by a mutex: connections come and go rarely, compared with what they
/// carry.
class connection_registry {
public:
  /// Also says anew what a known one is. @param component a component node's link, not an S2S
  /// stream.
  void add(uint64_t id, connection_actor handle, bool component) {
    std::lock_guard guard{mutex_};
    live_.insert_or_assign(id, entry{std::move(handle), component});
  }

  void remove(uint64_t id) {
    connection_actor last; // let go outside the lock: it may be the actor's last handle
    std::lock_guard guard{mutex_};
    if (auto known = live_.find(id); known != live_.end()) {
      last = std::move(known->second.handle);
      live_.erase(known);
    }
  }

  /// @returns the connection, or nothing if it is gone.
  connection_actor find(uint64_t id) const {
    std::lock_guard guard{mutex_};
    const auto known = live_.find(id);
    return known != live_.end() ? known->second.handle : connection_actor{};
  }

  enum class kind : uint8_t { s2s, any };

  std::vector<connection_actor> all(kind which) const {
    std::lock_guard guard{mutex_};
    std::vector<connection_actor> result;
    for (auto& [id, x] : live_)
      if (which == kind::any || !x.component)
        result.push_back(x.handle);
    return result;
  }

  bool none(kind which) const {
    std::lock_guard guard{mutex_};
    return std::all_of(live_.begin(), live_.end(),
                       [&](auto& x) { return which == kind::s2s && x.second.component; });
  }

private:
  struct entry {
    connection_actor handle;
    bool component = false;
  };

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, entry> live_;
};

} // namespace fedhub
