#include "protocol/stream_events.hpp"

namespace fedhub {

std::string_view to_string(dialback_step x) {
  switch (x) {
  case dialback_step::key:
    return "key";
  case dialback_step::verify_request:
    return "verify-request";
  case dialback_step::verify_response:
    return "verify-response";
  case dialback_step::result:
    return "result";
  }
  return "invalid-step";
}

std::string_view to_string(dialback_outcome x) {
  switch (x) {
  case dialback_outcome::none:
    return "none";
  case dialback_outcome::valid:
    return "valid";
  case dialback_outcome::invalid:
    return "invalid";
  case dialback_outcome::error:
    return "error";
  }
  return "invalid-outcome";
}

} // namespace fedhub
