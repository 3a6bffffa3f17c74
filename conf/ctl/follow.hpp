// `events --follow`: each event when it happens.
#pragma once

#include "conf/ctl/api_client.hpp"
#include "conf/ctl/call_output.hpp"
#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// Shows events until the reader of the output ends, or the hub ends the stream and gives no other
/// one within a minute. A new stream goes on after the last event of the one before.
/// @returns the exit code.
int follow_events(const task& asked, api_client& client, const call_output& output);

} // namespace fedhub::ctl
