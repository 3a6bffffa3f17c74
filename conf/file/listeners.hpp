// All addresses that a configuration listens on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// One address of [listen].
struct listener_address {
  std::string_view key;        ///< "s2s"; a static text.
  std::optional<size_t> index; ///< in the key's array; nothing: the key has one address.
  socket_address at;

  std::string path() const; ///< "listen.s2s[0]"
};

/// In the order of the ready line.
std::vector<listener_address> all_listeners(const listen_config& x);

/// Whether a socket that is bound to `x` takes what is sent to `y`, its port aside: the same
/// address, or a wildcard. "::" takes IPv4 too.
bool covers(const ip_address& x, const ip_address& y);

/// Whether a program on this machine that connects to `target` reaches a listener at `x`, as far as
/// the two addresses tell.
bool leads_to(const socket_address& target, const socket_address& x);

} // namespace fedhub::conf
