// What the connections whose peers have proved nothing make the hub hold, all together.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <prometheus/gauge.h>

namespace fedhub {

/// Bounds the memory of all unauthenticated connections together: an eighth of
/// `limits.memory_bytes`. Each connection reports what it holds; once the sum is over the limit,
/// those that hold most have to be closed.
///
/// Thread safety: all of it, by a mutex: a connection reports once a turn at most, and only what
/// has changed by a kibibyte.
class unauthenticated_memory {
public:
  /// @param octets for all together.  @param held shows the sum; outlives this object.
  unauthenticated_memory(int64_t octets, prometheus::Gauge& held) : limit_(octets), held_(held) {}

  /// @param octets that the connection holds now.
  /// @returns the connections to close, so that the sum falls to 15/16 of the limit; each once, the
  /// largest first. Mostly none.
  std::vector<uint64_t> report(uint64_t connection, int64_t octets);
  /// The connection has authenticated itself or is gone.
  void forget(uint64_t connection);

  /// A reload.
  void limit(int64_t octets);
  int64_t held() const;

private:
  struct share {
    int64_t octets = 0;
    bool closing = false; ///< it was named by `report`.
  };

  std::vector<uint64_t> largest();

  mutable std::mutex mutex_;
  int64_t limit_;
  prometheus::Gauge& held_;
  std::unordered_map<uint64_t, share> shares_;
  int64_t total_ = 0;
  int64_t leaving_ = 0; ///< the part of those that were named.
};

} // namespace fedhub
