// The atoms that begin the messages of fedhub's actors, and domain names, which many messages have.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

// The actors' interfaces explain each atom. CAF packs a word of up to 10 characters into 64 bits.
using probe_atom = caf::atom_constant<caf::atom("probe")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;
using deliver_atom = caf::atom_constant<caf::atom("deliver")>;
using resume_atom = caf::atom_constant<caf::atom("resume")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;
using close_atom = caf::atom_constant<caf::atom("close")>;
using verify_atom = caf::atom_constant<caf::atom("verify")>;
using verified_atom = caf::atom_constant<caf::atom("verified")>;
using pair_atom = caf::atom_constant<caf::atom("pair")>;
using adopt_atom = caf::atom_constant<caf::atom("adopt")>;
using release_atom = caf::atom_constant<caf::atom("release")>;
using reload_atom = caf::atom_constant<caf::atom("reload")>;
using round_atom = caf::atom_constant<caf::atom("round")>;
using sweep_atom = caf::atom_constant<caf::atom("sweep")>;
using linkup_atom = caf::atom_constant<caf::atom("linkup")>;
using linkdown_atom = caf::atom_constant<caf::atom("linkdown")>;
using returned_atom = caf::atom_constant<caf::atom("returned")>;
using drained_atom = caf::atom_constant<caf::atom("drained")>;
using keep_atom = caf::atom_constant<caf::atom("keep")>;
using settled_atom = caf::atom_constant<caf::atom("settled")>;
using watch_atom = caf::atom_constant<caf::atom("watch")>;
using route_atom = caf::atom_constant<caf::atom("route")>;
using table_atom = caf::atom_constant<caf::atom("table")>;
using found_atom = caf::atom_constant<caf::atom("found")>;
using fence_atom = caf::atom_constant<caf::atom("fence")>;
using forget_atom = caf::atom_constant<caf::atom("forget")>;
using lookup_atom = caf::atom_constant<caf::atom("lookup")>;
using retire_atom = caf::atom_constant<caf::atom("retire")>;
using share_atom = caf::atom_constant<caf::atom("share")>;
using guest_atom = caf::atom_constant<caf::atom("guest")>;
using offer_atom = caf::atom_constant<caf::atom("offer")>;
using leave_atom = caf::atom_constant<caf::atom("leave")>;
using retired_atom = caf::atom_constant<caf::atom("retired")>;
using node_up_atom = caf::atom_constant<caf::atom("nodeup")>;
using node_down_atom = caf::atom_constant<caf::atom("nodedown")>;
using node_away_atom = caf::atom_constant<caf::atom("nodeaway")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using beat_atom = caf::atom_constant<caf::atom("beat")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using status_atom = caf::atom_constant<caf::atom("status")>;
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;
using stream_atom = caf::atom_constant<caf::atom("stream")>;
using domain_atom = caf::atom_constant<caf::atom("domain")>;
using describe_atom = caf::atom_constant<caf::atom("describe")>;
using ask_atom = caf::atom_constant<caf::atom("ask")>;
using order_atom = caf::atom_constant<caf::atom("order")>;
using retry_atom = caf::atom_constant<caf::atom("retry")>;
using step_atom = caf::atom_constant<caf::atom("step")>;

inline constexpr probe_atom probe_atom_v{};
inline constexpr tick_atom tick_atom_v{};
inline constexpr deliver_atom deliver_atom_v{};
inline constexpr resume_atom resume_atom_v{};
inline constexpr flush_atom flush_atom_v{};
inline constexpr close_atom close_atom_v{};
inline constexpr verify_atom verify_atom_v{};
inline constexpr verified_atom verified_atom_v{};
inline constexpr pair_atom pair_atom_v{};
inline constexpr adopt_atom adopt_atom_v{};
inline constexpr release_atom release_atom_v{};
inline constexpr reload_atom reload_atom_v{};
inline constexpr round_atom round_atom_v{};
inline constexpr sweep_atom sweep_atom_v{};
inline constexpr linkup_atom linkup_atom_v{};
inline constexpr linkdown_atom linkdown_atom_v{};
inline constexpr returned_atom returned_atom_v{};
inline constexpr drained_atom drained_atom_v{};
inline constexpr keep_atom keep_atom_v{};
inline constexpr settled_atom settled_atom_v{};
inline constexpr watch_atom watch_atom_v{};
inline constexpr route_atom route_atom_v{};
inline constexpr table_atom table_atom_v{};
inline constexpr found_atom found_atom_v{};
inline constexpr fence_atom fence_atom_v{};
inline constexpr forget_atom forget_atom_v{};
inline constexpr lookup_atom lookup_atom_v{};
inline constexpr retire_atom retire_atom_v{};
inline constexpr share_atom share_atom_v{};
inline constexpr guest_atom guest_atom_v{};
inline constexpr offer_atom offer_atom_v{};
inline constexpr leave_atom leave_atom_v{};
inline constexpr retired_atom retired_atom_v{};
inline constexpr node_up_atom node_up_atom_v{};
inline constexpr node_down_atom node_down_atom_v{};
inline constexpr node_away_atom node_away_atom_v{};
inline constexpr stop_atom stop_atom_v{};
inline constexpr beat_atom beat_atom_v{};
inline constexpr report_atom report_atom_v{};
inline constexpr status_atom status_atom_v{};
inline constexpr drain_atom drain_atom_v{};
inline constexpr pong_atom pong_atom_v{};
inline constexpr stream_atom stream_atom_v{};
inline constexpr domain_atom domain_atom_v{};
inline constexpr describe_atom describe_atom_v{};
inline constexpr ask_atom ask_atom_v{};
inline constexpr order_atom order_atom_v{};
inline constexpr retry_atom retry_atom_v{};
inline constexpr step_atom step_atom_v{};

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::domain_name)
