// The servers to which the DNS view forwards questions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/schema/schema.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Returns the system's DNS servers (/etc/resolv.conf), as c-ares reads them.
std::vector<socket_address> system_dns_servers();

/// Returns `dns_view.upstream`, else `dns.servers`, else the system's servers.
std::vector<socket_address> dns_view_upstream(const conf::config& config);

/// Checks that none of the servers is the view itself, by an address of this machine that the text
/// of the configuration does not reveal as one. Checks only with `listen.dns`.
/// @returns a line that names the key, or nothing if there is no such server.
std::optional<std::string> judge_dns_view(const conf::config& config);

} // namespace fedhub
