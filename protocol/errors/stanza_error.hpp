// The conditions of stanza errors: RFC 6120 §8.3.3.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The conditions of RFC 6120 §8.3.3 that the hub sends.
enum class stanza_error : uint8_t {
  bad_request,
  forbidden,
  gone,
  internal_server_error,
  item_not_found,
  jid_malformed,
  not_acceptable,
  not_allowed,
  not_authorized,
  policy_violation,
  recipient_unavailable,
  remote_server_not_found,
  remote_server_timeout,
  resource_constraint,
  service_unavailable,
  undefined_condition,
};

/// Returns the element name, e.g. "remote-server-not-found".
std::string_view to_string(stanza_error error);
/// Returns the error type that RFC 6120 §8.3.3 associates with the condition: "cancel", "wait",
/// "modify", "auth".
std::string_view error_type(stanza_error error);

} // namespace fedhub
