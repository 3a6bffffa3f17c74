// The memory that all unauthenticated connections together make the hub hold.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <prometheus/gauge.h>

namespace fedhub {

/// Bounds the memory of all unauthenticated connections together: an eighth of
/// `limits.memory_bytes`. Each connection reports what it holds. If the sum exceeds the limit, the
/// connections that hold the most have to be closed.
///
/// Thread safety: all of it, by a mutex. A connection reports at most once a turn, and only changes
/// of a kibibyte or more.
class unauthenticated_memory {
public:
  /// @param octets the limit for all connections together.  @param held shows the sum; outlives
  /// this object.
  unauthenticated_memory(int64_t octets, prometheus::Gauge& held) : limit_(octets), held_(held) {}

  /// @param octets held by the connection now.
  /// @returns the connections to close so that the sum falls to 15/16 of the limit, the largest
  /// first; each is named only once. Mostly none.
  std::vector<uint64_t> report(uint64_t connection, int64_t octets);
  /// Stops counting a connection that is authenticated or gone.
  void forget(uint64_t connection);

  /// Applies a new limit after a reload.
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
  int64_t leaving_ = 0; ///< octets of the connections that were named.
};

} // namespace fedhub
