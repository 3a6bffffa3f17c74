#include "protocol/admin/attempt_row.hpp"

namespace fedhub::admin {

std::string_view to_string(attempt_step step) {
  switch (step) {
  case attempt_step::resolve:
    return "resolve";
  case attempt_step::connect:
    return "connect";
  case attempt_step::tls:
    return "tls";
  case attempt_step::features:
    return "features";
  case attempt_step::authentication:
    return "authentication";
  }
  return {};
}

std::string_view to_string(attempt_outcome outcome) {
  switch (outcome) {
  case attempt_outcome::under_way:
    return {};
  case attempt_outcome::ok:
    return "ok";
  case attempt_outcome::failed:
    return "failed";
  case attempt_outcome::abandoned:
    return "abandoned";
  }
  return {};
}

} // namespace fedhub::admin
