// `fedhubctl top`: the hub at a glance, again and again.
#pragma once

#include "conf/ctl/api_client.hpp"
#include "conf/ctl/call_output.hpp"
#include "conf/ctl/invocation.hpp"
#include "conf/ctl/run.hpp"

namespace fedhub::ctl {

/// Shows what passes over the hub and what fails, until the user ends it: on a terminal as a page,
/// into a pipe or as JSON as one line for each interval. @returns the exit code.
int show_top(const task& asked, api_client& client, const call_output& output,
             const surroundings& around);

} // namespace fedhub::ctl
