#include "protocol/events/stream_events.hpp"

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
