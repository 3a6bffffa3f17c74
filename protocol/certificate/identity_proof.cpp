#include "protocol/certificate/identity_proof.hpp"

namespace fedhub {

identity_proof prove_by_path(const path_result& path, const name_match& match) {
  switch (path.status) {
  case path_status::expired:
    return {false, sasl_failure::credentials_expired, "the certificate has expired"};
  case path_status::crl_missing:
  case path_status::crl_expired:
  case path_status::crl_invalid:
    return {false, sasl_failure::temporary_auth_failure,
            "there is no valid revocation list to check the certificate with"};
  case path_status::ok:
    if (match)
      return {.proven = true};
    return {false, sasl_failure::not_authorized, "the certificate is for other domains"};
  case path_status::no_certificate:
    return {false, sasl_failure::not_authorized, "no certificate was presented"};
  default:
    return {false, sasl_failure::not_authorized, "the certificate is not trusted"};
  }
}

} // namespace fedhub
