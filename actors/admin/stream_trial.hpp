// One stream that carries no stanza, to see how far a remote server lets the hub come.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/dns/resolver.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/connection.hpp"
#include "protocol/admin/explanation.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

using explained_steps_ptr = std::shared_ptr<const std::vector<admin::explanation_row>>;

/// The STREAM TRIAL interface.
using stream_trial_actor = link_owner_actor::extend<
  // DIAGNOSTICS: begin, and answer with the steps once the pair is authenticated, a step has
  // failed, or the time is over. Then the trial closes its stream and ends.
  caf::replies_to<ask_atom>::with<explained_steps_ptr>,
  // INTERNAL: the time is over.
  caf::reacts_to<tick_atom>>;

/// The most addresses that a trial connects to.
inline constexpr size_t most_trial_addresses = 8;

/// Starts a trial. It connects to the first `most_trial_addresses` addresses at once, and opens a
/// stream on the first in the order of trying that has answered. It ends by itself within `time`
/// and the time that a connection takes to close, or by an exit message.
/// @param to has at least one address.  @param time for all of it.
stream_trial_actor spawn_stream_trial(caf::actor_system& system, hub_ptr hub, resolution_ptr to,
                                      domain_pair pair, std::chrono::milliseconds time);

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::explained_steps_ptr)
