// What has passed, as the API shows it.
#pragma once

#include <cstdint>

namespace fedhub::admin {

/// What has passed. Octets are of TCP payload, TLS included.
struct traffic_row {
  uint64_t stanzas_in = 0;
  uint64_t stanzas_out = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;

  traffic_row& operator+=(const traffic_row& other) {
    stanzas_in += other.stanzas_in;
    stanzas_out += other.stanzas_out;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    return *this;
  }
};

} // namespace fedhub::admin
