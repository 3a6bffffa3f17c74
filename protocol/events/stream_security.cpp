#include "protocol/events/stream_security.hpp"

namespace fedhub {

std::string_view to_string(stream_security security) {
  switch (security) {
  case stream_security::no_tls:
    return "no-tls";
  case stream_security::tls_optional:
    return "tls-optional";
  case stream_security::tls_required:
    return "tls-required";
  }
  return {};
}

} // namespace fedhub
