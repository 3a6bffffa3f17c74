// The addresses of this machine.
#pragma once

#include <vector>

#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// Returns the addresses of all interfaces, each once; empty if the system does not list them. Any
/// thread may call it.
std::vector<ip_address> own_addresses();

} // namespace fedhub
