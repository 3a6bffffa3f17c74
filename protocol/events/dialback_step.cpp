#include "protocol/events/dialback_step.hpp"

namespace fedhub {

std::string_view to_string(dialback_step step) {
  switch (step) {
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

} // namespace fedhub
