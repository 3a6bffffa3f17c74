// Who may connect: limits on incoming connections.
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

/// Each kind of listener has all of this for itself.
struct admission_limits {
  uint64_t connections = 0;             ///< `limits.connections`
  uint64_t connections_per_address = 0; ///< `limits.connections_per_address`
  uint64_t accepts_per_second = 0;      ///< `limits.accepts_per_second`
  uint64_t nodes = 0;                   ///< configured; so many more may come at once to theirs.
  uint64_t of_world = UINT64_MAX;       ///< connections of each listener but the nodes', at most.
};

class admission;

/// An incoming connection's place; given back when it goes. Belongs to its connection; `owner`
/// outlives it.
class admission_ticket {
public:
  admission_ticket(admission& owner, listener_kind listener, const address_group& from)
    : owner_(owner), listener_(listener) {
    place_.from = from;
  }
  admission_ticket(const admission_ticket&) = delete;
  admission_ticket& operator=(const admission_ticket&) = delete;
  ~admission_ticket();

  /// From now on the connection may have to give way to others, as long as it has not
  /// authenticated.
  /// @param end asks it to end; called at most once, from any thread, without a lock. Must not
  /// throw.
  void may_give_way(std::function<void()> end);
  /// The peer has asked about a key that the hub has sent, so it was expected: it no longer counts
  /// against the limit of its address.
  void served();
  /// The connection no longer counts against its address's limit for strangers.
  /// @returns false if its address or its domain has more than its share of authenticated
  /// connections: it has to end.
  bool authenticated(std::string_view domain);

  /// Whether `authenticated` would be true now: if not, nothing need be asked about the domain.
  bool room_for(std::string_view domain) const;

private:
  friend class admission;
  admission& owner_;
  listener_kind listener_;
  listener_budget::place place_;
};
using admission_ticket_ptr = std::unique_ptr<admission_ticket>;

/// Counts incoming connections. Each kind of listener has a budget of its own, so that none starves
/// by what comes to another.
///
/// Thread safety: all of it, by a mutex: it is asked once per connection.
class admission {
public:
  using time_point = std::chrono::steady_clock::time_point;

  admission(admission_limits limits, hub_metrics& metrics);

  /// A place for a connection from this address, or the limit that is passed (counted in the
  /// metrics). Another connection may have to give way.
  tl::expected<admission_ticket_ptr, connection_limit>
  enter(const socket_address& from, listener_kind listener, time_point now);

  /// A reload; connections over a new limit stay.
  void limits(const admission_limits& x);

  /// Keys that the hub has sent and that are not answered yet.
  awaited_questions awaited;

private:
  friend class admission_ticket;
  listener_budget& budget(listener_kind x) { return budgets_[static_cast<size_t>(x)]; }

  std::mutex mutex_;
  std::array<listener_budget, label_count<listener_kind>> budgets_;
  hub_metrics& metrics_;
};

} // namespace fedhub
