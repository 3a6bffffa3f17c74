// The list of all connections, for messages to all of them: stop and reload.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// Holds a handle of each connection.
///
/// Thread safety: all of it, by a mutex. Connections come and go rarely, compared with their
/// stanzas.
class connection_registry {
public:
  /// Adds a connection, or updates a known one. @param component a component node's link, not an
  /// S2S stream.
  void add(uint64_t id, connection_actor handle, bool component) {
    std::lock_guard guard{mutex_};
    live_.insert_or_assign(id, entry{std::move(handle), component});
  }

  void remove(uint64_t id) {
    connection_actor last; // destroyed outside the lock: it may be the actor's last handle
    std::lock_guard guard{mutex_};
    if (auto known = live_.find(id); known != live_.end()) {
      last = std::move(known->second.handle);
      live_.erase(known);
    }
  }

  /// Returns the connection; null if it is gone.
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
