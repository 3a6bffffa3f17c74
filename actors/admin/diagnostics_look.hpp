// One look of the diagnostics actor at the hub and its surroundings.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/admin/diagnostics_state.hpp"
#include "actors/rules/routing_table.hpp"

namespace fedhub {

struct diagnostics_state::look {
  look(promise reply, std::shared_ptr<size_t> looks)
    : steps{std::move(reply)}, under_way{std::move(looks)} {
    ++*under_way;
  }
  look(const look&) = delete;
  look& operator=(const look&) = delete;
  /// Ends the resolver of this look, also if the actor ends before its answers come.
  ~look() {
    if (public_resolver)
      caf::anon_send_exit(public_resolver, caf::exit_reason::user_shutdown);
    --*under_way;
  }

  gathered_steps steps;
  std::shared_ptr<size_t> under_way; ///< of the actor, which may end first.
  std::chrono::steady_clock::time_point begun;
  settings_ptr in_force;
  routing_table_ptr table;
  own_place place;
  resolver_actor public_resolver;    ///< null until it is needed.
  std::string public_servers;        ///< for people.
  std::shared_ptr<const bool> trial; ///< a place among the streams that are opened; null: none.
  std::set<std::string> reached;     ///< published addresses that were connected to.
};

} // namespace fedhub
