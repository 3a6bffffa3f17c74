// The domain: everything that is sent to one domain by S2S streams.
#pragma once

#include <memory>

#include "actors/interfaces/connection.hpp"
#include "actors/runtime/atoms.hpp"

namespace fedhub {

/// The VERIFIER interface: one question of dialback on behalf of one incoming stream.
using verifier_actor = caf::typed_actor<
  // The answer; or why there is none.
  caf::reacts_to<verified_atom, verification_ptr>,
  // INTERNAL: `timeouts.dialback` has passed.
  caf::reacts_to<tick_atom>>;

/// The DOMAIN interface.
using domain_actor = link_owner_actor::extend<
  // Ask this domain's server a question of dialback; answer the verifier.
  caf::reacts_to<verify_atom, verification_ptr, verifier_actor>,
  // DIRECTORY: ask this question, about a key of another domain, over this domain's stream to that
  // server, which is named by its `host_key`; answer that domain's actor.
  caf::reacts_to<guest_atom, std::string, verification_ptr, verifier_actor>,
  // DIRECTORY: this incoming stream takes stanzas of the pair, which is to this domain (XEP-0288).
  caf::reacts_to<adopt_atom, connection_actor, domain_pair>,
  // DIRECTORY: a new routing table is in force.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // DIRECTORY: what was on its way by the former table is here.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // DIRECTORY: no router knows this domain's actor any more. Answer by `retired_atom`.
  caf::reacts_to<retire_atom>,
  // DIRECTORY: the hub stops. Bounce what waits for a stream, take what a stream is there for, and
  // go on with the hub's own answers.
  caf::reacts_to<drain_atom>,
  // DIRECTORY: bounce what waits, close the stream, take no more.
  caf::reacts_to<close_atom>,
  // INTERNAL: something may be due.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub
