// The resolver: finds the addresses of a remote domain's servers.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/atoms.hpp"
#include "actors/network_loop.hpp"
#include "actors/socket.hpp"
#include "protocol/domain_name.hpp"
#include "protocol/failure.hpp"

namespace fedhub {

/// One server of a domain, with its addresses in the order to try them.
struct resolved_target {
  std::string host; ///< as in SRV or the static route; for logs.
  uint16_t port = 5269;
  uint16_t priority = 0;
  uint16_t weight = 0;
  std::vector<socket_address> addresses; ///< families interleaved, IPv6 first (RFC 8305 §4).
};

enum class resolve_method : uint8_t { srv, address, static_route, literal, cache };
std::string_view to_string(resolve_method x);

/// The outcome of one resolution. Immutable.
struct resolution {
  domain_name domain;
  failure why = failure::none;        ///< `none`: `targets` is not empty.
  std::string detail;                 ///< for log and bounce text, e.g. "SERVFAIL for _xmpp-server._tcp.x.example".
  resolve_method method = resolve_method::srv;
  std::vector<resolved_target> targets; ///< in the order to try (RFC 2782: priority, then weighted draw).
  std::chrono::microseconds srv_time{0}, address_time{0}, total_time{0};
};
using resolution_ptr = std::shared_ptr<const resolution>;

using resolve_atom = caf::atom_constant<caf::atom("resolve")>;
inline constexpr resolve_atom resolve_atom_v{};

/// A server whose host name or address an operator gave: a static route or an s2s node.
struct given_target {
  std::string host; ///< name or IP literal (IPv6 without brackets).
  uint16_t port = 5269;
  uint16_t priority = 0;
  uint16_t weight = 0;
};
using given_targets_ptr = std::shared_ptr<const std::vector<given_target>>;

/// The RESOLVER interface.
using resolver_actor = ready_sink_actor::extend<
  // Find the S2S servers of this domain: SRV, then A/AAAA. Always answers, with a failure in the value; never an error.
  caf::replies_to<resolve_atom, domain_name>::with<resolution_ptr>,
  // Order these targets and find the addresses of those that are names. SRV is not asked; private addresses are allowed.
  caf::replies_to<resolve_atom, domain_name, given_targets_ptr>::with<resolution_ptr>,
  // INTERNAL: a time-out of the DNS library or of a resolution may be due.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::domain_name)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::resolution_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::given_targets_ptr)
