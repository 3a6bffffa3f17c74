// What the log says of resolutions.
#pragma once

#include "actors/dns/resolver.hpp"
#include "actors/log/peer_log.hpp"

namespace fedhub {

/// Logs the outcome for one of those who asked, since they know who made them ask.
void log_resolution(const resolution& x, const log_origin& by);

} // namespace fedhub
