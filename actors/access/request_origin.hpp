// Whether a request was meant for this hub, and comes from its own pages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/http/http_message.hpp"
#include "protocol/certificate/presented_names.hpp"
#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// By which way a request has come.
enum class api_door : uint8_t {
  socket,   ///< the Unix socket.
  loopback, ///< plain HTTP over loopback, or a relay from there to the Unix socket.
  tls,      ///< HTTPS.
};

/// The names by which clients reach one listener.
struct served_names {
  ip_address address;                 ///< of the listener; may be a wildcard.
  std::vector<std::string> hosts;     ///< `admin.hosts`.
  const presented_names* certificate; ///< of the listener's certificate; null: none.
};

/// Judges `Host` and `Origin`. A page of another origin can neither read answers nor send changes,
/// whatever names the browser resolves to the hub's address.
/// @returns what is wrong, as a sentence for people; empty: nothing is.
std::string fault_of_origin(const http_fields& headers, api_door door, const served_names& names);

} // namespace fedhub
