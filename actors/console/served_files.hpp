// The web console over HTTP: its page and the files that the page loads.
#pragma once

#include <optional>

#include "metrics/http/http_message.hpp"

namespace fedhub {

/// Answers a request for a file of the console. Anybody may load these files: they have nothing of
/// the hub in them.
///
/// | path | answer |
/// | --- | --- |
/// | `/` | the page; asked for again each time, by `ETag` |
/// | `/console/VERSION/NAME` | a file of the page, for ever the same; 404 with another version |
///
/// @returns nullopt if the path is none of these.
std::optional<http_response> console_response(const http_request& request);

} // namespace fedhub
