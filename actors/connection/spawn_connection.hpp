// How a connection comes to be.
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

/// What a new connection is made of. Taken apart by the connection.
struct connection_seed {
  unique_fd fd;
  socket_address peer;
  /// `s2s_in` on the federation listeners; `node_component` on the node listener, where the peer's
  /// header decides whether it is that or `node_s2s_in`; `s2s_out` and `node_s2s_out` for the hub's
  /// own.
  stream_leg leg = stream_leg::s2s_in;
  bool direct_tls = false; ///< TLS begins with the first octet.
  /// Of an outgoing one, where DNSSEC lets TLSA records count for the server.
  std::optional<tlsa_endpoint> endpoint;
  dns_asker asker;                                  ///< of an outgoing one: whom it is made for.
  admission_ticket_ptr ticket;                      ///< of an incoming connection.
  link_owner_actor owner;                           ///< of an outgoing one.
  std::optional<outgoing_stream::options> outgoing; ///< of an outgoing one.
  /// Of an outgoing one: nobody but a stranger has wanted it, by a key to be verified. Limits what
  /// the log says of it.
  bool provoked = false;
  /// Of an outgoing one: the session to go on with if the peer has it yet; its stanzas are the
  /// owner's matter.
  std::unique_ptr<management_session> former;
};

/// Starts the actor of a connected socket. It ends by itself once the connection is over and its
/// owner has released it.
connection_actor spawn_connection(caf::actor_system& system, std::shared_ptr<hub> hub,
                                  connection_seed seed);

} // namespace fedhub
