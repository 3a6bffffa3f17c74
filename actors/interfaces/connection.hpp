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
#include "protocol/admin/attempt_row.hpp"
#include "protocol/admin/stream_row.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// A dialback question and, once known, its answer. Immutable in messages.
struct verification {
  verify_key question;
  dialback_outcome outcome = dialback_outcome::error;
  failure why = failure::none; ///< of `error`.
  std::string detail;
  dns_asker asker = {}; ///< of the question: the party that it is asked for.
};
using verification_ptr = std::shared_ptr<const verification>;

using stream_row_ptr = std::shared_ptr<const admin::stream_row>;

/// The stages of the hub's stop for a connection.
enum class drain_stage : uint8_t { running, quiet, give_up };

/// Whose keys an outgoing stream's peer can be asked about.
enum class questions_taken : uint8_t {
  of_target, ///< of the domain that the stream was opened to.
  of_any,    ///< of any domain that has the same server (XEP-0220 §2.6.2).
};

/// The outcome for a domain pair on an outgoing stream: authorised, or the reason why not.
struct pair_outcome {
  domain_pair pair;
  failure why = failure::none; ///< `none`: stanzas of the pair may be sent.
  std::string detail;
  bool unknown_host = false; ///< the peer does not serve the target, at least not by this name.
};
using pair_outcome_ptr = std::shared_ptr<const pair_outcome>;

/// The part of a stream's rights that new rules take back.
enum class taken_back : uint8_t {
  nothing,
  some, ///< other pairs stay allowed: their stanzas are written before the stream ends.
  all,
};

/// The reason to close a connection, or the reason for its end.
struct link_end {
  stream_error error = stream_error::none; ///< sent to the peer; `none`: an orderly end.
  failure why = failure::none;
  std::string detail;
  std::string redirect = {}; ///< the text of the peer's `<see-other-host/>`, unchanged.
  bool carried = false;      ///< the peer had acknowledged stanzas (XEP-0198).
  taken_back by_reload = taken_back::nothing;
  bool unknown_host = false; ///< the peer does not serve the domain, at least not by this name.
  bool external_unanswered = false; ///< the peer ended it in place of an answer to EXTERNAL.
};
using link_end_ptr = std::shared_ptr<const link_end>;

/// The rest of an outgoing stream that the peer may let the next stream resume (XEP-0198 §5).
struct kept_stream {
  management_session session;
  domain_name sender;       ///< the stream was authenticated for it, and the next one has to be.
  stanza_batch_ptr stanzas; ///< written and not acknowledged, in order; `session` has their number.
};
using kept_stream_ptr = std::shared_ptr<const kept_stream>;

/// The actor that wants to be an incoming connection's owner. Defined below, since it needs both
/// interfaces.
struct adoption;
using adoption_ptr = std::shared_ptr<const adoption>;

/// The CONNECTION interface. Handlers marked OWNER are for the domain or node actor that uses it as
/// its link.
///
/// A link ends in this order, so that no stanza is lost and none overtakes another:
///
/// 1. The connection sends `linkdown`.
/// 2. The owner sends nothing more, and answers `release`.
/// 3. The connection has then received all deliveries. It returns the stanzas that it could not
///    write (`returned`), and sends `drained`.
using connection_actor = ready_sink_actor ::extend_with<stanza_sink_actor>::extend<
  // INTERNAL: a deadline may have passed. CONNECTION: another connection claims the node whose link
  // this is, see `node_claims::take_question`.
  caf::reacts_to<tick_atom>,
  // INTERNAL: write the delivered stanzas.
  caf::reacts_to<flush_atom>,
  // INTERNAL: enough credit is free again, go on reading.
  caf::reacts_to<resume_atom>,
  // OWNER, SUPERVISOR: end the stream, and report the reason to the peer.
  caf::reacts_to<close_atom, link_end_ptr>,
  // VERIFIER: the answer to a question of this connection.
  caf::reacts_to<verified_atom, verification_ptr>,
  // OWNER: have this pair authorised. Answered by `pair_atom`.
  caf::reacts_to<pair_atom, domain_pair>,
  // OWNER: ask the peer this question. Answered by `verified_atom`, unless the link goes down
  // first.
  caf::reacts_to<verify_atom, verification_ptr>,
  // OWNER: the authorisation of this pair is not awaited any more.
  caf::reacts_to<forget_atom, domain_pair>,
  // DOMAIN: become the owner's link to its domain (XEP-0288). Answers whether it has.
  caf::replies_to<adopt_atom, adoption_ptr>::with<bool>,
  // OWNER: no more stanzas will be delivered.
  caf::reacts_to<release_atom>,
  // CONNECTION: the stream whose session the peer wants to resume here has ended.
  caf::reacts_to<settled_atom>,
  // CONNECTION: the peer has answered this connection's ping on another stream.
  caf::reacts_to<pong_atom>,
  // SUPERVISOR: the hub stops. `quiet`: accept the stanzas that have come so far and no more; go on
  // writing. `give_up`: answer all stanzas that are not written or not confirmed. Answers once this
  // has begun.
  caf::replies_to<drain_atom, drain_stage>::with<drain_atom>,
  // SUPERVISOR: a new configuration is in force. Judge all grants again.
  caf::reacts_to<reload_atom, reload_round_ptr>,
  // SUPERVISOR: stanzas that were on their way under the former rules have arrived here. Answer
  // those that the new rules deny.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // ADMIN: describe the stream.
  caf::replies_to<describe_atom>::with<stream_row_ptr>>;

/// The LINK OWNER interface: the messages of a connection to the domain or node actor that uses it.
using link_owner_actor = stanza_sink_actor::extend<
  // An outgoing stream that is not up has begun this step.
  caf::reacts_to<step_atom, connection_actor, admin::attempt_step>,
  // The stream can be used: `authenticate` and `verify` (S2S), or `deliver` (component).
  caf::reacts_to<linkup_atom, connection_actor, questions_taken>,
  // The outcome of `pair_atom`.
  caf::reacts_to<pair_atom, connection_actor, pair_outcome_ptr>,
  // The outcome of `verify_atom`.
  caf::reacts_to<verified_atom, verification_ptr>,
  // The link ends. Send nothing more, and answer `release`.
  caf::reacts_to<linkdown_atom, connection_actor, link_end_ptr>,
  // The number of stanzas of the former stream that have arrived, if the peer was asked to resume
  // it. Sent before `linkup`, or never.
  caf::reacts_to<settled_atom, connection_actor, uint32_t>,
  // The stream can be resumed, and these stanzas have to wait for that. They are older than the
  // `returned` ones.
  caf::reacts_to<keep_atom, connection_actor, kept_stream_ptr>,
  // Stanzas that were not written. They are older than all stanzas that the owner has.
  caf::reacts_to<returned_atom, connection_actor, stanza_batch_ptr>,
  // All stanzas are returned; the connection is gone.
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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::stream_row_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::admin::attempt_step)
