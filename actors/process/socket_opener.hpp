// Opens the socket of one address of [listen].
#pragma once

#include <optional>
#include <vector>

#include "actors/net/inherited_sockets.hpp"
#include "actors/process/listener_change.hpp"
#include "metrics/sockets/listening_socket.hpp"

namespace fedhub {

/// Takes sockets from those that were passed to the process, else binds them.
class socket_opener {
public:
  /// @param inherited not yet taken.  @param parked taken before, and not in use.
  /// @param listens if false, sockets are bound only, and connections refused.
  socket_opener(inherited_sockets& inherited, const std::vector<open_socket>& parked, bool listens)
    : inherited_(inherited), parked_(parked), listens_(listens) {}

  /// Opens the socket, or both sockets of `listen.dns`, into `next`.
  /// @returns why that is not possible.
  std::optional<listener_fault> open(const conf::listener_address& at, address_use use,
                                     listener_change::successor& next);

private:
  bool take_parked(listener_change::successor& next) const;
  std::string open_tcp(address_use use, open_socket& into);
  std::string open_dns(address_use use, open_socket& into);
  /// Returns which passed socket holds the port of another address, for the end of an error.
  std::string rival(const conf::ip_endpoint& at) const;

  inherited_sockets& inherited_;
  const std::vector<open_socket>& parked_;
  bool listens_;
};

} // namespace fedhub
