// The directory: which actor speaks with which remote domain.
#pragma once

#include <memory>

#include "actors/domain.hpp"
#include "actors/router.hpp"

namespace fedhub {

/// The DIRECTORY interface. There is one, so that each remote domain has one actor.
using directory_actor = caf::typed_actor<
  // ROUTER: which actor is this domain's? Answered by `found_atom`; one is started if there is
  // none.
  caf::reacts_to<lookup_atom, domain_name, router_actor>,
  // VERIFIER: ask this question of the sender domain's server, answer the verifier.
  caf::reacts_to<verify_atom, verification_ptr, verifier_actor>,
  // CONNECTION: the peer takes stanzas of this pair (XEP-0288): tell the actor of `to`.
  caf::reacts_to<adopt_atom, connection_actor, domain_pair>,
  // DOMAIN: unused for long; may it end? Answered by `retire_atom` once no router knows it, or not
  // at all.
  caf::reacts_to<retire_atom, domain_name, domain_actor>,
  // DOMAIN: nothing came meanwhile, it ends (true); or it stays in use (false).
  caf::reacts_to<retired_atom, domain_name, bool>,
  // SUPERVISOR: a new routing table is in force; pass it on to all domains.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // SUPERVISOR: the hub stops; bounce what waits, close all streams.
  caf::reacts_to<close_atom>>;

struct hub;
directory_actor spawn_directory(caf::actor_system& system, std::shared_ptr<hub> hub,
                                routing_table_ptr table);

} // namespace fedhub
