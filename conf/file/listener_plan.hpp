// What a running hub does to its listeners when [listen] changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "conf/file/listeners.hpp"

namespace fedhub::conf {

/// An address of [listen] on which the hub listens.
struct open_address {
  std::string_view key;
  ip_endpoint configured; ///< as written: port 0 is any free port.
  uint16_t port = 0;      ///< that is bound; never 0.

  ip_endpoint bound() const { return {configured.ip, port}; }
};

/// Leads from the open listeners to those of another configuration. A value: what it says is done
/// in the order of its members, and nothing is closed unless all of `opened` could be opened. So
/// the way back is to close what was opened.
///
/// An open listener stays if its text stays, even with port 0, or if another text means the same
/// address. A socket that changes its key alone is handed over, with the connections that wait in
/// it; except between `listen.dns`, which has UDP too, and other keys.
struct listener_plan {
  /// An open listener that becomes one of the configured ones.
  struct step {
    size_t from = 0; ///< index of the open listener.
    size_t to = 0;   ///< index of the configured one.
  };
  struct opening {
    size_t to = 0;
    /// The open listeners with overlapping addresses; they are among `closed`.
    std::vector<size_t> beside;
  };

  std::vector<step> kept;
  std::vector<opening> opened;
  std::vector<step> handed_over;
  std::vector<size_t> closed; ///< in ascending order, like the others by `to`.
};

/// Returns whether no two sockets of one kind can be bound to both addresses: the ports are the
/// same and not 0, and one address covers the other.
bool overlap(const ip_endpoint& first, const ip_endpoint& second);

/// @param fresh of a configuration without overlapping addresses; see `check_listeners`.
listener_plan plan_listeners(const std::vector<open_address>& open,
                             const std::vector<listener_address>& fresh);

} // namespace fedhub::conf
