#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

std::string_view to_string(dialback_outcome outcome) {
  switch (outcome) {
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
