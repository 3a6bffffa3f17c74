// The command `capture`: it starts a capture, waits for its end, and saves its file.
#pragma once

#include "conf/ctl/api_client.hpp"
#include "conf/ctl/call_output.hpp"
#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// Runs the command until the capture's time is over, or until SIGINT or SIGTERM, which end the
/// capture early. Saves its file in any case. @returns the exit code.
int run_capture(const task& asked, api_client& client, const call_output& output);

} // namespace fedhub::ctl
