// Whom the DNS view asks what is not its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/schema/schema.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// The system's DNS servers (/etc/resolv.conf), as c-ares reads them.
std::vector<socket_address> system_dns_servers();

/// `dns_view.upstream`, else `dns.servers`, else the system's.
std::vector<socket_address> dns_view_upstream(const conf::config& x);

/// Why these servers can't be asked: one of them is the view itself, by an address of this machine
/// that the text of the configuration does not show to be one. Only with `listen.dns`.
/// @returns a line, naming the key; nothing if all is well.
std::optional<std::string> judge_dns_view(const conf::config& x);

} // namespace fedhub
