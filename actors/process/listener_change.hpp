// A change of the hub's listeners that is ready to be put in force.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/hub/listening_places.hpp"
#include "conf/file/listener_plan.hpp"
#include "conf/file/toml_document.hpp"
#include "metrics/http/http_listener.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// How a listener ends.
enum class listener_end : uint8_t {
  closed,
  given_back,  ///< its socket was passed to the hub, and is open in the service manager.
  handed_over, ///< its socket is that of another listener now.
};

/// A socket of [listen] as `listening_sockets` keeps it: copies of the owner's descriptors.
struct open_socket {
  conf::open_address at;
  uint64_t id = 0;
  bool passed = false;
  unique_fd tcp;
  unique_fd udp; ///< of `listen.dns`.
};

/// The sockets that the new owners get, and the listeners that end. All sockets are bound, so
/// nothing is left that could fail. Without being put in force it has no effect: its destructor
/// closes what was opened.
struct listener_change {
  struct opened {
    uint64_t id = 0;
    std::string_view key; ///< a static text, as in all of these.
    unique_fd tcp;
    unique_fd udp;
  };
  struct ended {
    uint64_t id = 0;
    std::string_view key;
    listener_end how = listener_end::closed;
  };
  /// The API's Unix socket.
  struct management_change {
    std::optional<http_listener> listener;
    listener_end former = listener_end::closed;
  };

  std::vector<opened> to_open;
  std::vector<ended> to_end;                   ///< after all of `to_open`.
  std::optional<management_change> management; ///< nothing: it stays.
  std::string management_error; ///< why the hub goes without it; see `prepare_first`.
  /// The group that the API's socket gets, if it stays where it is; nothing: as before.
  std::optional<std::string> management_group;
  listening_places places;           ///< afterwards.
  std::vector<uint16_t> nodes_ports; ///< of `listen.nodes` afterwards, in the file's order.

  bool empty() const {
    return to_open.empty() && to_end.empty() && !management && !management_group;
  }

  // For `listening_sockets::commit`.
  struct successor {
    open_socket socket;  ///< without descriptors if it has an origin.
    uint64_t origin = 0; ///< the listener that it was, perhaps not in use; 0: none.
  };
  std::vector<successor> in_force;
  std::optional<unique_fd> passed_management; ///< copy of a socket that was passed for the API.
  std::string group;                          ///< `admin.group`.
};
using listener_change_ptr = std::shared_ptr<listener_change>;

/// An address on which the hub can't listen.
struct listener_fault {
  std::string path; ///< of the key: "listen.s2s[0]", "admin.socket".
  std::string key;  ///< the same without an index.
  std::string at;
  std::string why;
  int error = 0; ///< errno; 0: it is another fault.

  /// Returns e.g. "listen.s2s: 127.0.0.1:5269: Address already in use".
  std::string str() const { return key + ": " + (names_address() ? "" : at + ": ") + why; }
  /// Returns e.g. "127.0.0.1:5269: Address already in use", as problems of a file show it.
  std::string found() const { return names_address() ? why : conf::in_quotes(at) + ": " + why; }

private:
  bool names_address() const { return why.find(at) != std::string::npos; }
};

} // namespace fedhub
