// Finds out, by DNS or static routes, whether both forms of an internationalised name are one
// domain.
#pragma once

#include <memory>
#include <utility>

#include "actors/dns/resolver.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/rules/name_forms.hpp"
#include "actors/rules/routing_table.hpp"

namespace fedhub {

/// Logs the result of a search, and notes the verdict in `hub::forms`.
void note_forms(hub& hub, const domain_name& name, const resolution& own,
                const resolution& transitional, time_point now, const log_origin& origin);

/// Resolves a name, by its static route if it has one, else by DNS.
template <class Actor, class F>
void search_server(Actor& self, hub& hub, const domain_name& name, const dns_asker& asker, F then) {
  const auto settings = hub.current();
  auto failed = [then](const caf::error&) {
    resolution none;
    none.why = failure::shutting_down;
    then(std::make_shared<const resolution>(std::move(none)));
  };
  if (auto given = hub.table()->static_route(name))
    self.request(settings->resolver, caf::infinite, resolve_atom_v, name, given, asker)
      .then(then, failed);
  else
    self.request(settings->resolver, caf::infinite, resolve_atom_v, name, service_kinds::any, asker)
      .then(then, failed);
}

/// Resolves both forms of `name`, notes the verdict in `hub::forms`, then calls `done`. @pre
/// `name.deviates()`. Only the actor `self` may call it.
template <class Actor, class F>
void search_form(Actor& self, const hub_ptr& its_hub, const domain_name& name,
                 const dns_asker& asker, log_origin origin, F done) {
  search_server(self, *its_hub, name, asker,
                [&self, its_hub, name, asker, origin, done](const resolution_ptr& own) {
                  search_server(
                    self, *its_hub, name.transitional(), asker,
                    [&self, its_hub, name, origin, done, own](const resolution_ptr& other) {
                      note_forms(*its_hub, name, *own, *other, self.home_system().clock().now(),
                                 origin);
                      done();
                    });
                });
}

} // namespace fedhub
