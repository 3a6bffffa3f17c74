#include "protocol/certificate/certificate_path.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <openssl/err.h>

namespace fedhub {

namespace {

constexpr int security_level = 2;

constexpr std::array<std::string_view, path_status_count> names{
  "ok",       "no-certificate", "malformed",          "self-signed",   "unknown-ca",
  "not-a-ca", "path-too-long",  "name-not-permitted", "bad-purpose",   "critical-extension",
  "weak-key", "weak-signature", "bad-signature",      "not-yet-valid", "expired",
  "revoked",  "crl-missing",    "crl-expired",        "crl-invalid",   "rejected",
};

path_status status_of(int error) {
  switch (error) {
  case X509_V_OK:
    return path_status::ok;
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return path_status::self_signed;
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_CERT_UNTRUSTED:
    return path_status::unknown_ca;
  case X509_V_ERR_INVALID_CA:
  case X509_V_ERR_INVALID_NON_CA:
  case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    return path_status::not_a_ca;
  case X509_V_ERR_PATH_LENGTH_EXCEEDED:
  case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    return path_status::path_too_long;
  case X509_V_ERR_PERMITTED_VIOLATION:
  case X509_V_ERR_EXCLUDED_VIOLATION:
  case X509_V_ERR_SUBTREE_MINMAX:
  case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
  case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
  case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
    return path_status::name_not_permitted;
  case X509_V_ERR_INVALID_PURPOSE:
    return path_status::bad_purpose;
  case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
    return path_status::critical_extension;
  case X509_V_ERR_EE_KEY_TOO_SMALL:
  case X509_V_ERR_CA_KEY_TOO_SMALL:
    return path_status::weak_key;
  case X509_V_ERR_CA_MD_TOO_WEAK:
  case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
    return path_status::weak_signature;
  case X509_V_ERR_CERT_SIGNATURE_FAILURE:
  case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
  case X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
  case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
    return path_status::bad_signature;
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return path_status::not_yet_valid;
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return path_status::expired;
  case X509_V_ERR_CERT_REVOKED:
    return path_status::revoked;
  case X509_V_ERR_UNABLE_TO_GET_CRL:
    return path_status::crl_missing;
  case X509_V_ERR_CRL_HAS_EXPIRED:
    return path_status::crl_expired;
  case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
  case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
  case X509_V_ERR_CRL_SIGNATURE_FAILURE:
  case X509_V_ERR_CRL_NOT_YET_VALID:
  case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
  case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
  case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
  case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
  case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
  case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    return path_status::crl_invalid;
  case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
  case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
  case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
  case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
  case X509_V_ERR_INVALID_EXTENSION:
  case X509_V_ERR_INVALID_POLICY_EXTENSION:
  case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
    return path_status::malformed;
  default:
    return path_status::rejected;
  }
}

path_result fault(int error, int depth) {
  return {
    .status = status_of(error), .depth = depth, .detail = X509_verify_cert_error_string(error)};
}

/// Accepts a missing CRL where the rule permits it, and records that it was missing.
struct crl_leniency {
  crl_rule rule = crl_rule::where_known;
  bool absent = false;

  static int on_result(int good, X509_STORE_CTX* context) {
    auto& self = *static_cast<crl_leniency*>(X509_STORE_CTX_get_app_data(context));
    if (good == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_UNABLE_TO_GET_CRL)
      return good;
    // The trust anchor is not part of the path (RFC 5280 §6.1), and no authority above it could
    // revoke it.
    const int anchor = sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
    if (X509_STORE_CTX_get_error_depth(context) != anchor) {
      if (self.rule == crl_rule::always)
        return 0;
      self.absent = true;
    }
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
};

/// Returns whether OpenSSL could not read all extensions that it knows.
bool is_malformed(X509* certificate) {
  const bool malformed = (X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0;
  ERR_clear_error(); // an error left in the queue would be taken for one of the next SSL call
  return malformed;
}

void set_rules(const path_request& request, int purpose, X509_STORE_CTX* context) {
  auto* rules = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(rules, request.now.time_since_epoch().count());
  X509_VERIFY_PARAM_set_depth(rules, max_path);
  X509_VERIFY_PARAM_set_auth_level(rules, security_level);
  if (request.trust.has_crls() || request.crls == crl_rule::always)
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_STORE_CTX_set_purpose(context, purpose); // and the trust setting of that purpose
}

void copy_issuers(X509_STORE_CTX* context, std::vector<openssl_ptr<X509>>& to) {
  auto* path = X509_STORE_CTX_get0_chain(context);
  for (int i = 1; i < sk_X509_num(path); ++i) {
    auto* issuer = sk_X509_value(path, i);
    X509_up_ref(issuer);
    to.emplace_back(issuer);
  }
}

path_result check_path_for(const path_request& request, int purpose,
                           std::vector<openssl_ptr<X509>>* issuers) {
  const openssl_ptr<X509_STORE_CTX> context{X509_STORE_CTX_new()};
  if (!context
      || X509_STORE_CTX_init(context.get(), request.trust.handle(), request.leaf, request.sent)
           != 1) {
    ERR_clear_error();
    return fault(X509_V_ERR_OUT_OF_MEM, 0);
  }
  set_rules(request, purpose, context.get());
  crl_leniency leniency{request.crls};
  X509_STORE_CTX_set_app_data(context.get(), &leniency);
  X509_STORE_CTX_set_verify_cb(context.get(), &crl_leniency::on_result);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!good) {
    const int error = X509_STORE_CTX_get_error(context.get());
    return fault(error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED,
                 X509_STORE_CTX_get_error_depth(context.get()));
  }
  if (issuers != nullptr)
    copy_issuers(context.get(), *issuers);
  return {.status = path_status::ok, .crl_absent = leniency.absent};
}

using stack_ptr = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * x) {
                                    sk_X509_free(x); // the certificates are the caller's
                                  })>;

bool names_as_issuer(const X509* issued, const X509* issuer) {
  return X509_NAME_cmp(X509_get_issuer_name(issued), X509_get_subject_name(issuer)) == 0;
}

/// Returns the sent certificates in the order of the path, the issuer of `leaf` first. If several
/// have an issuer's name, picks the one whose key has signed. Returns null if the order makes no
/// difference to OpenSSL.
stack_ptr in_order(X509* leaf, const STACK_OF(X509) * sent) {
  std::vector<X509*> rest;
  rest.reserve(static_cast<size_t>(std::max(sk_X509_num(sent), 0)));
  for (int i = 0; i < sk_X509_num(sent); ++i)
    rest.push_back(sk_X509_value(sent, i));
  stack_ptr result{sk_X509_new_null()};
  bool chosen = false;
  for (auto* issued = leaf; issued != nullptr;) {
    const auto namesakes = std::ranges::count_if(
      rest, [&](const X509* candidate) { return names_as_issuer(issued, candidate); });
    const auto issuer = std::ranges::find_if(rest, [&](X509* candidate) {
      return names_as_issuer(issued, candidate)
             && (namesakes == 1 || X509_verify(issued, X509_get0_pubkey(candidate)) == 1);
    });
    chosen = chosen || namesakes > 1;
    issued = issuer == rest.end() ? nullptr : *issuer;
    if (issued != nullptr) {
      sk_X509_push(result.get(), issued);
      rest.erase(issuer);
    }
  }
  ERR_clear_error();
  for (auto* unused : rest)
    sk_X509_push(result.get(), unused);
  return chosen ? std::move(result) : nullptr;
}

/// OpenSSL continues with the first certificate that has an issuer's name, and never tries another
/// with that name. RFC 5280 §6.1 requires no order.
path_result check_path_in_any_order(const path_request& request, int purpose,
                                    std::vector<openssl_ptr<X509>>* issuers) {
  const auto first = check_path_for(request, purpose, issuers);
  if (first.status == path_status::ok || request.sent == nullptr
      || sk_X509_num(request.sent) > 2 * max_path)
    return first; // a longer list is an attempt to keep the hub busy
  const auto order = in_order(request.leaf, request.sent);
  if (!order)
    return first;
  auto again = request;
  again.sent = order.get();
  const auto second = check_path_for(again, purpose, issuers);
  return second.status == path_status::ok ? second : first;
}

} // namespace

std::string_view to_string(path_status x) { return names[static_cast<size_t>(x)]; }

path_result check_path(const path_request& request, std::vector<openssl_ptr<X509>>* issuers) {
  if (request.leaf == nullptr)
    return {};
  if (is_malformed(request.leaf))
    return fault(X509_V_ERR_INVALID_EXTENSION, 0);
  const auto policy =
    request.peer == peer_role::receiving ? eku_policy::server : request.accept_eku;
  if (policy == eku_policy::client)
    return check_path_in_any_order(request, X509_PURPOSE_SSL_CLIENT, issuers);
  auto result = check_path_in_any_order(request, X509_PURPOSE_SSL_SERVER, issuers);
  // The whole path must be good for one purpose. A CA that may issue only for clients must not
  // vouch for a server, so the two purposes are not mixed.
  if (result.status == path_status::bad_purpose && policy == eku_policy::any)
    result = check_path_in_any_order(request, X509_PURPOSE_SSL_CLIENT, issuers);
  return result;
}

} // namespace fedhub
