#include "protocol/certificate/asn1_time.hpp"

#include <ctime>

#include <openssl/asn1.h>

namespace fedhub {

std::chrono::sys_seconds to_sys_seconds(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1)
    return {};
  return std::chrono::sys_seconds{std::chrono::seconds{timegm(&parts)}};
}

} // namespace fedhub
