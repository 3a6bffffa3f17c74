// The addresses on which a configuration listens.
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
  std::optional<size_t> index; ///< in the key's array; nothing if the key has a single address.
  ip_endpoint at;

  /// Returns the key's path, e.g. "listen.s2s[0]".
  std::string path() const;
};

/// Returns all addresses, in the order of the ready line.
std::vector<listener_address> all_listeners(const listen_config& listen);

/// Returns whether a socket bound to `bound` receives traffic to `target`, apart from the port: the
/// same address, or a wildcard. "::" covers IPv4 too.
bool covers(const ip_address& bound, const ip_address& target);

/// Returns whether a program on this machine that connects to `target` reaches a listener at
/// `listener`, judging by the two addresses.
bool leads_to(const ip_endpoint& target, const ip_endpoint& listener);

} // namespace fedhub::conf
