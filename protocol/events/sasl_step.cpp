#include "protocol/events/sasl_step.hpp"

namespace fedhub {

std::string_view to_string(sasl_step step) {
  switch (step) {
  case sasl_step::auth:
    return "auth";
  case sasl_step::challenge:
    return "challenge";
  case sasl_step::response:
    return "response";
  case sasl_step::abort:
    return "abort";
  case sasl_step::success:
    return "success";
  case sasl_step::failure:
    return "failure";
  }
  return "invalid-step";
}

} // namespace fedhub
