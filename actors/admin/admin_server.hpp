// The API on its Unix socket.
#pragma once

#include <memory>
#include <string>

#include <caf/fwd.hpp>
#include <tl/expected.hpp>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "actors/interfaces/supervisor.hpp"
#include "conf/schema/schema.hpp"
#include "metrics/http/http_listener.hpp"

namespace fedhub {

class history_reader;
class http_server;
class inherited_sockets;

/// Who answers the calls of the API. All outlive the server.
struct api_services {
  hub_ptr hub; ///< its history gets each order.
  admin_actor admin;
  supervisor_actor supervisor; ///< carries out changes of the configuration.
  diagnostics_actor diagnostics;
  history_reader& past;
};

/// Serves the API. Has a thread of its own, which passes each request to the admin actor.
class admin_server {
public:
  /// Returns the path of the Unix socket: `admin.socket`, else `admin.sock` in $RUNTIME_DIRECTORY
  /// (its first folder), else in the state folder.
  static std::string socket_path(const conf::config& config);

  /// Takes the socket from those that the process inherited, with its mode and group as they are.
  /// Otherwise binds it: it has mode 0660, and belongs to `admin.group` if there is such a group
  /// and the hub may give it away. Creates the state folder if the socket belongs there.
  /// @returns the listener, or the failed call with the system's reason.
  static tl::expected<http_listener, std::string> bind(const conf::config& config,
                                                       inherited_sockets& inherited);

  /// Begins to serve.
  /// @param system outlives the server.
  static tl::expected<std::unique_ptr<admin_server>, std::string>
  start(caf::actor_system& system, http_listener socket, api_services services);

  ~admin_server(); ///< stops, and removes the socket unless it was inherited.

private:
  explicit admin_server(std::unique_ptr<http_server> server);

  std::unique_ptr<http_server> server_;
};

} // namespace fedhub
