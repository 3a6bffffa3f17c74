// How to start a connection.
#pragma once

#include <memory>
#include <optional>

#include <caf/fwd.hpp>

#include "actors/dns/resolver.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/rules/admission.hpp"
#include "metrics/sockets/socket.hpp"
#include "protocol/stream/outgoing_stream.hpp"

namespace fedhub {

struct hub;

/// The parts of a new connection, which moves them out.
struct connection_seed {
  unique_fd fd;
  socket_address peer;
  /// `s2s_in` on the federation listeners. `node_component` on the node listener; the peer's header
  /// may change it to `node_s2s_in`. `s2s_out` and `node_s2s_out` for the hub's own streams.
  stream_leg leg = stream_leg::s2s_in;
  bool direct_tls = false; ///< TLS begins with the first octet.
  /// Outgoing only: the server to ask TLSA records for, if DNSSEC lets them count.
  std::optional<tlsa_endpoint> endpoint;
  dns_asker asker;             ///< outgoing only: the party that DNS questions are counted for.
  admission_ticket_ptr ticket; ///< incoming only.
  link_owner_actor owner;      ///< outgoing only.
  std::optional<outgoing_stream::options> outgoing; ///< outgoing only.
  /// Outgoing only: the stream is opened only to verify a stranger's key. The log limits the lines
  /// about it.
  bool provoked = false;
  /// Outgoing only: the session to resume if the peer still has it. The owner keeps its stanzas.
  std::unique_ptr<management_session> former;
};

/// Starts the actor of a connected socket. It ends by itself after the connection has ended and its
/// owner has released it.
connection_actor spawn_connection(caf::actor_system& system, std::shared_ptr<hub> hub,
                                  connection_seed seed);

} // namespace fedhub
