#include "protocol/events/proof_method.hpp"

namespace fedhub {

std::string_view to_string(proof_method method) {
  switch (method) {
  case proof_method::dialback:
    return "dialback";
  case proof_method::external:
    return "external";
  case proof_method::certificate:
    return "certificate";
  case proof_method::configuration:
    return "configuration";
  }
  return "invalid-method";
}

} // namespace fedhub
