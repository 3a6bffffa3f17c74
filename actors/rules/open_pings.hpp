// Pings without an answer, to find the connection that asked when the answer comes on another
// stream.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "actors/interfaces/connection.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Maps the id of a ping to the connection that sent it. A server may answer on another stream than
/// the one that carried the ping (Prosody does, with XEP-0288 as well). The answer still shows that
/// the ping arrived. An id has 128 random bits, so it identifies the ping. At most one entry per
/// connection.
///
/// Thread safety: all of it, by a mutex; pings are rare.
class open_pings {
public:
  /// @param pair of the ping: a local domain and the peer's.
  void open(const std::string& id, domain_pair pair, connection_actor asker) {
    std::lock_guard guard{mutex_};
    open_.insert_or_assign(id, entry{std::move(pair), std::move(asker)});
    count_.store(open_.size(), std::memory_order_relaxed);
  }

  void close(const std::string& id) {
    entry last; // destroyed outside the lock: it may hold the actor's last handle
    std::lock_guard guard{mutex_};
    if (auto known = open_.find(id); known != open_.end()) {
      last = std::move(known->second);
      open_.erase(known);
      count_.store(open_.size(), std::memory_order_relaxed);
    }
  }

  /// Returns whether no answer is awaited, so that no lookup is needed.
  bool none() const { return count_.load(std::memory_order_relaxed) == 0; }

  /// @param from, to of an iq of type `result` or `error` between two domains, `from` proved by its
  /// stream. @returns the connection whose ping the iq answers; null if it answers none.
  connection_actor asker(std::string_view id, const domain_name& from,
                         const domain_name& to) const {
    std::lock_guard guard{mutex_};
    auto known = open_.find(id);
    const bool right =
      known != open_.end() && known->second.pair.from == to && known->second.pair.to == from;
    return right ? known->second.asker : connection_actor{};
  }

private:
  struct entry {
    domain_pair pair;
    connection_actor asker;
  };

  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> open_; ///< by id.
  std::atomic<size_t> count_{0};
};

} // namespace fedhub
