// One call of fedhubctl: asks the hub and shows what it answers.
#pragma once

#include "conf/ctl/call_output.hpp"
#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// Asks and shows. Writes to standard output and standard error. @returns the exit code.
int run(const invocation& called, const surroundings& around);

} // namespace fedhub::ctl
