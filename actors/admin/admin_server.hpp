// The API on its listeners.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>
#include <tl/expected.hpp>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "actors/interfaces/supervisor.hpp"
#include "actors/net/transport.hpp"
#include "conf/schema/schema.hpp"
#include "metrics/http/http_listener.hpp"
#include "protocol/text/ip_address.hpp"

namespace fedhub {

class access_guard;
class history_reader;
class http_server;
class inherited_sockets;
class tls_front;

/// Who answers the calls of the API. All outlive the server.
struct api_services {
  hub_ptr hub; ///< its history gets each order.
  admin_actor admin;
  supervisor_actor supervisor; ///< carries out changes of the configuration.
  diagnostics_actor diagnostics;
  history_reader& past;
};

/// Serves the API. Each listener has a thread of its own, which passes each request to the admin
/// actor. So clients of `listen.admin` take neither places nor time from those of the socket.
///
/// All functions are for one thread.
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

  /// Returns a server without listeners.
  /// @param system outlives the server.
  static std::unique_ptr<admin_server> start(caf::actor_system& system, api_services services);

  /// Serves the API on the Unix socket, in place of the socket before. @returns what failed.
  tl::expected<void, std::string> serve_socket(http_listener listener);

  /// Serves the API on `listen.admin`, in place of the listener before, whose connections end.
  /// @param address that the listener is bound to.
  /// @returns what failed.
  tl::expected<void, std::string> serve_tcp(http_listener listener, const ip_address& address);

  /// Ends `listen.admin` with its connections. Sessions stay.
  void close_tcp();

  ~admin_server(); ///< stops, and removes the socket unless it was inherited.

private:
  class door;

  admin_server(caf::actor_system& system, api_services services);
  static tl::expected<std::unique_ptr<http_server>, std::string>
  serve(std::vector<http_listener> listeners, std::shared_ptr<const door> at);
  ssl_ptr new_session() const;

  caf::actor_system& system_;
  const api_services services_;
  const std::unique_ptr<access_guard> guard_;
  std::unique_ptr<http_server> socket_; ///< null: none.
  std::unique_ptr<http_server> tcp_;    ///< null: none.
  std::unique_ptr<tls_front> front_;    ///< of `tcp_`; null: plain HTTP.
};

} // namespace fedhub
