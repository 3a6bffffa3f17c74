// The directory: which actor speaks with which remote domain.
#pragma once

#include <memory>

#include "actors/interfaces/domain.hpp"
#include "actors/interfaces/router.hpp"
#include "actors/interfaces/shared_hosts.hpp"

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
  // DOMAIN: needs a stream to this server (`host_key`) to ask these questions, and for nothing
  // else. If another domain has one, it gets them as `guest`s; else, unless the answer is `alone`,
  // the asker is taken for the next who has. It is to say `leave` when it has not.
  caf::replies_to<share_atom, std::string, std::vector<verification_ptr>,
                  domain_actor>::with<host_use>,
  // DOMAIN: has a stream to this server, which may be asked about keys of other domains.
  caf::reacts_to<offer_atom, std::string, domain_name>,
  // DOMAIN: has no stream to this server any more; or (true) it takes no such questions.
  caf::reacts_to<leave_atom, std::string, domain_name, bool>,
  // DOMAIN: unused for long; may it end? Answered by `retire_atom` once no router knows it, or not
  // at all.
  caf::reacts_to<retire_atom, domain_name, domain_actor>,
  // DOMAIN: nothing came meanwhile, it ends (true); or it stays in use (false).
  caf::reacts_to<retired_atom, domain_name, bool>,
  // SUPERVISOR: a new routing table is in force; pass it on to all domains.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // SUPERVISOR: the stanzas that were on their way by the former table are with the domains; pass
  // it on to all.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // SUPERVISOR: the hub stops; see `domain_actor`.
  caf::reacts_to<drain_atom>,
  // SUPERVISOR: bounce what waits, close all streams.
  caf::reacts_to<close_atom>>;

/// Domains spoken with at a time; a bound on what users who write to made-up domains, and strangers
/// with keys of such, can cost, at some KiB each.
inline constexpr size_t max_domains = 100000;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<fedhub::verification_ptr>)
