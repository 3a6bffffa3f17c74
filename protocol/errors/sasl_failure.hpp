// The conditions of SASL failures: RFC 6120 §6.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fedhub {

/// The conditions of RFC 6120 §6.5, in its order.
enum class sasl_failure : uint8_t {
  aborted,
  account_disabled,
  credentials_expired,
  encryption_required,
  incorrect_encoding,
  invalid_authzid,
  invalid_mechanism,
  malformed_request,
  mechanism_too_weak,
  not_authorized,
  temporary_auth_failure,
};

inline constexpr size_t sasl_failure_count =
  static_cast<size_t>(sasl_failure::temporary_auth_failure) + 1;

/// Returns the element name of the condition, e.g. "invalid-authzid".
std::string_view to_string(sasl_failure failure);

/// Returns the condition with that element name. A condition that the RFC does not define means
/// only that authentication failed: `not_authorized` (§6.5).
sasl_failure parse_sasl_failure(std::string_view element_name);

/// Returns `<failure/>` with the condition and, unless `text` is empty, a `<text/>`. Escapes
/// `text`.
std::string sasl_failure_xml(sasl_failure failure, std::string_view text = {});

} // namespace fedhub
