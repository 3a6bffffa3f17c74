// Who may connect: limits on incoming connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "metrics/hub_metrics.hpp"

namespace fedhub {

struct admission_limits {
  uint64_t connections = 0;             ///< `limits.connections`
  uint64_t connections_per_address = 0; ///< `limits.connections_per_address`
  uint64_t accepts_per_second = 0;      ///< `limits.accepts_per_second`
};

class admission;

/// An incoming connection's place; given back when it goes. Belongs to its connection; `owner`
/// outlives it.
class admission_ticket {
public:
  admission_ticket(admission& owner, std::string address)
    : owner_(owner), address_(std::move(address)) {}
  admission_ticket(const admission_ticket&) = delete;
  admission_ticket& operator=(const admission_ticket&) = delete;
  ~admission_ticket();

  /// The connection no longer counts against its address.
  void authenticated();

private:
  admission& owner_;
  std::string address_;
  bool counted_ = true;
};
using admission_ticket_ptr = std::unique_ptr<admission_ticket>;

/// Counts incoming connections, of all listeners together.
///
/// Thread safety: all of it, by a mutex: it is asked once per connection.
class admission {
public:
  using time_point = std::chrono::steady_clock::time_point;

  admission(admission_limits limits, hub_metrics& metrics) : limits_(limits), metrics_(metrics) {}

  /// A place for a connection from `ip`, or nothing if a limit is passed (counted in the metrics).
  admission_ticket_ptr enter(const std::string& ip, listener_kind listener, time_point now);

  /// A reload; connections over a new limit stay.
  void limits(admission_limits x);

private:
  friend class admission_ticket;
  void authenticated(const std::string& address);
  void leave(const std::string& address, bool counted);
  std::optional<connection_limit> refuse(const std::string& ip, time_point now);

  std::mutex mutex_;
  admission_limits limits_;
  hub_metrics& metrics_;
  uint64_t connections_ = 0;
  std::unordered_map<std::string, uint64_t> unauthenticated_;
  double allowance_ = 0; ///< accepts left in the bucket of one second.
  std::optional<time_point> refilled_;
};

} // namespace fedhub
