// Limits on incoming connections.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

#include <tl/expected.hpp>

#include "actors/rules/awaited_questions.hpp"
#include "actors/rules/listener_budget.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

/// The limits on connections. Each kind of listener has a budget of its own.
struct admission_limits {
  uint64_t connections = 0;             ///< `limits.connections`
  uint64_t connections_per_address = 0; ///< `limits.connections_per_address`
  uint64_t accepts_per_second = 0;      ///< `limits.accepts_per_second`
  /// Configured nodes: so many more may connect to the nodes' listener at once.
  uint64_t nodes = 0;
  uint64_t of_world = UINT64_MAX; ///< the most connections of each kind of listener but the nodes'.
};

class admission;

/// The place of an incoming connection; returned when the ticket is destroyed. Belongs to its
/// connection; `owner` outlives it.
class admission_ticket {
public:
  admission_ticket(admission& owner, listener_kind listener, const address_group& from)
    : owner_(owner), listener_(listener) {
    place_.from = from;
  }
  admission_ticket(const admission_ticket&) = delete;
  admission_ticket& operator=(const admission_ticket&) = delete;
  ~admission_ticket();

  /// Allows that the connection is ended to make room for another, as long as it is not
  /// authenticated.
  /// @param end asks the connection to end; called at most once, from any thread, without a lock.
  /// Must not throw.
  void may_give_way(std::function<void()> end);
  /// Notes that the peer has asked about a key that the hub has sent, so it was expected. The
  /// connection no longer counts against the limit of its address.
  void served();
  /// Notes that the peer is authenticated. The connection no longer counts against its address's
  /// limit for strangers.
  /// @returns false if its address or its domain has used up its share of authenticated
  /// connections; then the connection has to end.
  bool authenticated(std::string_view domain);

  /// Returns whether `authenticated` would return true now. If not, no server need be asked about
  /// the domain.
  bool room_for(std::string_view domain) const;

private:
  friend class admission;
  admission& owner_;
  listener_kind listener_;
  listener_budget::place place_;
};
using admission_ticket_ptr = std::unique_ptr<admission_ticket>;

/// Counts incoming connections. Each kind of listener has a budget of its own, so connections to
/// one kind do not starve another.
///
/// Thread safety: all of it, by a mutex. A connection takes it a few times and, until it is
/// authenticated, once per key.
class admission {
public:
  using time_point = std::chrono::steady_clock::time_point;

  admission(const admission_limits& limits, hub_metrics& metrics);

  /// Returns a place for a connection from this address, or the limit that refuses it, which is
  /// counted in the metrics. Another connection may have to give way.
  tl::expected<admission_ticket_ptr, connection_limit>
  enter(const socket_address& from, listener_kind listener, time_point now);

  /// Applies new limits after a reload. Connections beyond a new limit stay.
  void limits(const admission_limits& limits);

  /// The keys that the hub has sent and that are not answered yet.
  awaited_questions awaited;

private:
  friend class admission_ticket;
  listener_budget& budget(listener_kind x) { return budgets_[static_cast<size_t>(x)]; }

  std::mutex mutex_;
  std::array<listener_budget, label_count<listener_kind>> budgets_;
  hub_metrics& metrics_;
};

} // namespace fedhub
