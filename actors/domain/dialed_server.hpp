// One server of a domain, on which a stream is tried.
#pragma once

#include <string>

namespace fedhub {

/// An address with its port, and whether TLS begins with the first octet there (XEP-0368).
struct dialed_server {
  std::string address;
  bool direct_tls = false;

  friend bool operator==(const dialed_server&, const dialed_server&) = default;
};

} // namespace fedhub
