// The connection: one TCP connection that carries one XML stream, in any direction.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/dns/dns_asker.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "actors/interfaces/stanza_sink.hpp"
#include "actors/runtime/atoms.hpp"
#include "actors/runtime/ready_sink.hpp"
#include "metrics/labels.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/negotiation/stream_management.hpp"

namespace fedhub {

/// A question of dialback and, once it is known, its answer. Immutable in messages.
struct verification {
  verify_key question;
  dialback_outcome outcome = dialback_outcome::error;
  failure why = failure::none; ///< of `error`.
  std::string detail;
  dns_asker asker = {}; ///< of the question: who wants to know.
};
using verification_ptr = std::shared_ptr<const verification>;

/// How far the hub's stop has come, for a connection.
enum class drain_stage : uint8_t { running, quiet, give_up };

/// Whose keys an outgoing stream's peer can be asked about.
enum class questions_taken : uint8_t {
  of_target, ///< of the domain that the stream was opened to.
  of_any,    ///< of any that has the same server (XEP-0220 §2.6.2).
};

/// What became of a domain pair on an outgoing stream: authorised, or why not.
struct pair_outcome {
  domain_pair pair;
  failure why = failure::none; ///< `none`: stanzas of the pair may be sent.
  std::string detail;
  bool unknown_host = false; ///< the peer does not serve the target, at least not by this name.
};
using pair_outcome_ptr = std::shared_ptr<const pair_outcome>;

/// What new rules take back from a stream.
enum class taken_back : uint8_t {
  nothing,
  some, ///< other pairs may stay: what the stream still holds of them is written before it ends.
  all,
};

/// Why a connection is to be closed, or was.
struct link_end {
  stream_error error = stream_error::none; ///< to tell the peer; `none`: an orderly end.
  failure why = failure::none;
  std::string detail;
  std::string redirect = {}; ///< where the peer's `<see-other-host/>` leads, as it said it.
  bool carried = false;      ///< the peer had acknowledged stanzas (XEP-0198).
  taken_back by_reload = taken_back::nothing;
  bool unknown_host = false; ///< the peer does not serve the domain, at least not by this name.
  bool external_unanswered = false; ///< the peer ended it in place of an answer to EXTERNAL.
};
using link_end_ptr = std::shared_ptr<const link_end>;

/// What an outgoing stream left that the peer may let the next one resume (XEP-0198 §5).
struct kept_stream {
  management_session session;
  domain_name sender;       ///< for whom it was authenticated, and the next one has to be.
  stanza_batch_ptr stanzas; ///< written and not acknowledged, in order: as many as `session` says.
};
using kept_stream_ptr = std::shared_ptr<const kept_stream>;

/// Who wants to be an incoming connection's owner; below, for it names both interfaces.
struct adoption;
using adoption_ptr = std::shared_ptr<const adoption>;

/// The CONNECTION interface. Handlers marked OWNER are for the domain or node actor that uses it as
/// its link.
///
/// The end of a link, so that no stanza is lost and none overtakes another: the connection says
/// `linkdown`; the owner sends nothing more and answers `release`; the connection, which by then
/// has got all that was sent, gives back what it could not write (`returned`) and says `drained`.
using connection_actor = ready_sink_actor ::extend_with<stanza_sink_actor>::extend<
  // INTERNAL: a deadline may have passed. CONNECTION: or another one claims the node whose link
  // this is, see `node_claims::take_question`.
  caf::reacts_to<tick_atom>,
  // INTERNAL: write what has been delivered.
  caf::reacts_to<flush_atom>,
  // INTERNAL: enough of what was read has been written elsewhere, read on.
  caf::reacts_to<resume_atom>,
  // OWNER, SUPERVISOR: end the stream, telling the peer why.
  caf::reacts_to<close_atom, link_end_ptr>,
  // VERIFIER: the answer to a question of this connection's.
  caf::reacts_to<verified_atom, verification_ptr>,
  // OWNER: have this pair authorised. Answered by `pair_atom`.
  caf::reacts_to<pair_atom, domain_pair>,
  // OWNER: ask the peer this question. Answered by `verified_atom`, unless the link goes down
  // first.
  caf::reacts_to<verify_atom, verification_ptr>,
  // OWNER: nobody waits any more for this pair to be authorised.
  caf::reacts_to<forget_atom, domain_pair>,
  // DOMAIN: be the owner's way to its domain (XEP-0288). The answer is whether it is.
  caf::replies_to<adopt_atom, adoption_ptr>::with<bool>,
  // OWNER: nothing more will be delivered.
  caf::reacts_to<release_atom>,
  // CONNECTION: the stream whose session the peer wants to resume here has come to its end.
  caf::reacts_to<settled_atom>,
  // CONNECTION: the peer has answered this connection's ping on another stream.
  caf::reacts_to<pong_atom>,
  // SUPERVISOR: the hub stops. `quiet`: take the stanzas that have come so far, and no more; write
  // what there is. `give_up`: answer what is not written or not confirmed. Answers once it has
  // begun.
  caf::replies_to<drain_atom, drain_stage>::with<drain_atom>,
  // SUPERVISOR: a new configuration is in force. Judge again all that was granted.
  caf::reacts_to<reload_atom, reload_round_ptr>,
  // SUPERVISOR: what was on its way by the former rules is here. Answer what must not go on.
  caf::reacts_to<sweep_atom, reload_round_ptr>>;

/// The LINK OWNER interface: what a connection tells the domain or node actor that uses it.
using link_owner_actor = stanza_sink_actor::extend<
  // The stream can be used: `authenticate` and `verify` (S2S), or `deliver` (component).
  caf::reacts_to<linkup_atom, connection_actor, questions_taken>,
  // The outcome of `pair_atom`.
  caf::reacts_to<pair_atom, connection_actor, pair_outcome_ptr>,
  // The outcome of `verify_atom`.
  caf::reacts_to<verified_atom, verification_ptr>,
  // The link ends. Send nothing more, and answer `release`.
  caf::reacts_to<linkdown_atom, connection_actor, link_end_ptr>,
  // How many stanzas of the former stream, which the peer was asked to resume, have arrived there.
  // Before `linkup`, or never.
  caf::reacts_to<settled_atom, connection_actor, uint32_t>,
  // The stream can be resumed, and these have to wait for that; older than those `returned`.
  caf::reacts_to<keep_atom, connection_actor, kept_stream_ptr>,
  // Stanzas that were not written, older than all that the owner has.
  caf::reacts_to<returned_atom, connection_actor, stanza_batch_ptr>,
  // All is given back; the connection is gone.
  caf::reacts_to<drained_atom, connection_actor>>;

struct adoption {
  link_owner_actor owner;
};

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::domain_pair)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::verification_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::pair_outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::link_end_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::kept_stream_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::adoption_ptr)
