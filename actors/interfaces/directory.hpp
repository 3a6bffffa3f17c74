// The directory: it knows the actor of each domain.
#pragma once

#include <memory>

#include "actors/interfaces/domain.hpp"
#include "actors/interfaces/router.hpp"
#include "actors/interfaces/shared_hosts.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// The DIRECTORY interface. There is one, so that each remote domain has one actor.
using directory_actor = caf::typed_actor<
  // ROUTER: find this domain's actor, or start it. Answered by `found_atom`.
  caf::reacts_to<lookup_atom, domain_name, router_actor>,
  // VERIFIER: ask the sender domain's server this question, and answer the verifier.
  caf::reacts_to<verify_atom, verification_ptr, verifier_actor>,
  // CONNECTION: the peer takes stanzas of this pair (XEP-0288). Pass this on to the actor of `to`.
  caf::reacts_to<adopt_atom, connection_actor, domain_pair>,
  // DOMAIN: needs a stream to this server (`host_key`) only to ask these questions. If another
  // domain has one, that domain gets them as `guest`s. Otherwise, unless the answer is `alone`, the
  // asker is registered as the domain that has a stream. It must send `leave` when it has none.
  caf::replies_to<share_atom, std::string, std::vector<verification_ptr>,
                  domain_actor>::with<host_use>,
  // DOMAIN: has a stream to this server, on which other domains' keys may be asked about.
  caf::reacts_to<offer_atom, std::string, domain_name>,
  // DOMAIN: has no stream to this server any more. True: the server takes no questions about other
  // domains.
  caf::reacts_to<leave_atom, std::string, domain_name, bool>,
  // DOMAIN: this actor was unused for long and wants to end. Answered by `retire_atom` once no
  // router knows it, or not at all.
  caf::reacts_to<retire_atom, domain_name, domain_actor>,
  // DOMAIN: the actor ends, since nothing came meanwhile (true), or it stays in use (false).
  caf::reacts_to<retired_atom, domain_name, bool>,
  // SUPERVISOR: a new routing table is in force; pass it on to all domains.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // SUPERVISOR: stanzas that were on their way under the former table have reached the domains.
  // Pass this on to all domains.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // ADMIN: see `domain_actor`. Ignored if the domain has no actor.
  caf::reacts_to<retry_atom, domain_name>,
  // ADMIN: have the domain's actor describe itself. An error if it has none.
  caf::replies_to<describe_atom, domain_name, description>::with<domain_news_ptr>,
  // SUPERVISOR: the hub stops; see `domain_actor`.
  caf::reacts_to<drain_atom>,
  // SUPERVISOR: bounce all waiting stanzas, and close all streams.
  caf::reacts_to<close_atom>>;

/// The most domain actors at a time. Bounds the cost of made-up domains, which users write to or
/// strangers send keys of: some KiB each.
inline constexpr size_t max_domains = 100000;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<fedhub::verification_ptr>)
