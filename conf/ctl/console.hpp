// `fedhubctl console`: opens the way to the hub's pages.
#pragma once

#include <string>

#include "conf/ctl/api_client.hpp"
#include "conf/ctl/call_output.hpp"
#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// Makes a one-time token, and prints a URL with it. If the hub has no `listen.admin`, relays a
/// port of loopback to its socket until SIGINT, SIGTERM or SIGHUP. @returns the exit code.
int open_console(const invocation& called, api_client& client, const call_output& output);

} // namespace fedhub::ctl
