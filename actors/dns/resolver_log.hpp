// Log lines about resolutions.
#pragma once

#include "actors/dns/resolver.hpp"
#include "actors/log/peer_log.hpp"

namespace fedhub {

/// Logs the outcome of a resolution. The asker calls it, since only the asker knows the origin of
/// the question.
void log_resolution(const resolution& resolution, const log_origin& by);

} // namespace fedhub
