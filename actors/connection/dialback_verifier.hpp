// The dialback verifier: one question to an authoritative server, on behalf of one incoming stream.
#pragma once

#include <memory>

#include <caf/fwd.hpp>

#include "actors/interfaces/connection.hpp"
#include "actors/interfaces/domain.hpp"
#include "actors/log/peer_log.hpp"
#include "protocol/events/stream_action.hpp"

namespace fedhub {

struct hub;

/// Starts an actor that asks the sender domain's server about a key (XEP-0220 §2.1.2). The actor
/// sends the outcome to `asker` by `verified_atom`: the answer, or `failure::dialback_timeout` once
/// `timeouts.dialback` has passed. It ends by itself.
/// @param for_whom the party that DNS questions are counted for.
/// @param by the origin of the question, for the log.
verifier_actor spawn_dialback_verifier(caf::actor_system& system, std::shared_ptr<hub> hub,
                                       connection_actor asker, verify_key question,
                                       const dns_asker& for_whom = {}, log_origin by = {});

} // namespace fedhub
