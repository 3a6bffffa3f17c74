#include "actors/rules/admission.hpp"

#include <algorithm>

namespace fedhub {

namespace {

budget_limits of(const admission_limits& limits, listener_kind kind) {
  const bool nodes = kind == listener_kind::nodes;
  return {nodes ? limits.connections : std::min(limits.connections, limits.of_world),
          limits.connections_per_address, limits.accepts_per_second, nodes ? limits.nodes : 0,
          !nodes};
}

} // namespace

admission_ticket::~admission_ticket() {
  // Destroyed outside the lock: it may hold the last handle of an actor.
  std::unique_ptr<std::function<void()>> end;
  const std::lock_guard guard{owner_.mutex_};
  end = std::move(place_.end);
  owner_.budget(listener_).leave(place_);
}

void admission_ticket::may_give_way(std::function<void()> end) {
  const std::lock_guard guard{owner_.mutex_};
  if (place_.is == listener_budget::place::use::none)
    place_.end = std::make_unique<std::function<void()>>(std::move(end));
}

void admission_ticket::served() {
  const std::lock_guard guard{owner_.mutex_};
  owner_.budget(listener_).served(place_);
}

bool admission_ticket::authenticated(std::string_view domain) {
  std::unique_ptr<std::function<void()>> end; // as above
  const std::lock_guard guard{owner_.mutex_};
  if (!owner_.budget(listener_).authenticated(place_, domain))
    return false;
  end = std::move(place_.end);
  return true;
}

bool admission_ticket::room_for(std::string_view domain) const {
  const std::lock_guard guard{owner_.mutex_};
  return owner_.budget(listener_).room_for(place_, domain);
}

admission::admission(const admission_limits& limits, hub_metrics& metrics)
  : budgets_{listener_budget{of(limits, listener_kind::s2s)},
             listener_budget{of(limits, listener_kind::s2s_direct_tls)},
             listener_budget{of(limits, listener_kind::nodes)}},
    metrics_(metrics) {}

tl::expected<admission_ticket_ptr, connection_limit>
admission::enter(const socket_address& from, listener_kind listener, time_point now) {
  auto ticket = std::make_unique<admission_ticket>(*this, listener, address_group{from});
  const auto expected = awaited.of(ticket->place_.from);
  std::function<void()> victim;
  std::optional<connection_limit> limit;
  {
    const std::lock_guard guard{mutex_};
    limit = budget(listener).enter(ticket->place_, expected, now, victim);
  }
  if (limit) {
    metrics_.connections_refused.at(listener, *limit).Increment();
    return tl::unexpected(*limit);
  }
  metrics_.connections_accepted.at(listener).Increment();
  if (victim)
    victim();
  return ticket;
}

void admission::limits(const admission_limits& limits) {
  const std::lock_guard guard{mutex_};
  for (auto kind : {listener_kind::s2s, listener_kind::s2s_direct_tls, listener_kind::nodes})
    budget(kind).limits(of(limits, kind));
}

} // namespace fedhub
