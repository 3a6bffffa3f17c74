// The token by which fedhubctl logs in at a URL.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// Returns the token for a hub: of its file, else `from_environment`. Empty for a socket, or if
/// there is none. @returns what is wrong if the file can't be read within 10 s, a token is no
/// visible ASCII of at most 4,096 octets, or the URL must not carry one: it is plain HTTP and not
/// loopback.
tl::expected<std::string, std::string> token_for(const hub_endpoint& hub,
                                                 const std::string& from_environment);

} // namespace fedhub::ctl
