// The domain: all traffic to one domain by S2S streams.
#pragma once

#include <memory>

#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/runtime/atoms.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// The VERIFIER interface: one dialback question on behalf of one incoming stream.
using verifier_actor = caf::typed_actor<
  // The answer, or the reason why there is none.
  caf::reacts_to<verified_atom, verification_ptr>,
  // INTERNAL: `timeouts.dialback` has passed.
  caf::reacts_to<tick_atom>>;

/// The DOMAIN interface.
using domain_actor = link_owner_actor::extend<
  // DIRECTORY: ask this domain's server a dialback question, and answer the verifier.
  caf::reacts_to<verify_atom, verification_ptr, verifier_actor>,
  // DIRECTORY: ask this question, about a key of another domain, on this domain's stream to the
  // server with this `host_key`. Answer that domain's actor.
  caf::reacts_to<guest_atom, std::string, verification_ptr, verifier_actor>,
  // DIRECTORY: this incoming stream takes stanzas of the pair, whose target is this domain
  // (XEP-0288).
  caf::reacts_to<adopt_atom, connection_actor, domain_pair>,
  // DIRECTORY: a new routing table is in force.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // DIRECTORY: stanzas that were on their way under the former table have arrived here.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // DIRECTORY: no router knows this domain's actor any more. Answer by `retired_atom`.
  caf::reacts_to<retire_atom>,
  // DIRECTORY: the hub stops. Bounce stanzas that wait for a stream, pass stanzas on for which
  // there is a stream, and go on with the hub's own answers.
  caf::reacts_to<drain_atom>,
  // DIRECTORY: bounce all waiting stanzas, close the stream, and accept no more.
  caf::reacts_to<close_atom>,
  // DIRECTORY: an operator wants an attempt now, whatever earlier attempts have shown.
  caf::reacts_to<retry_atom>,
  // ADMIN: describe the way to this domain.
  caf::replies_to<describe_atom, description>::with<domain_news_ptr>,
  // INTERNAL: a deadline may have passed.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub
