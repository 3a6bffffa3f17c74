// Stream errors: RFC 6120 §4.9.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fedhub {

/// The conditions of RFC 6120 §4.9.3, in its order, and `none`.
enum class stream_error : uint8_t {
  none,
  bad_format,
  bad_namespace_prefix,
  conflict,
  connection_timeout,
  host_gone,
  host_unknown,
  improper_addressing,
  internal_server_error,
  invalid_from,
  invalid_namespace,
  invalid_xml,
  not_authorized,
  not_well_formed,
  policy_violation,
  remote_connection_failed,
  reset,
  resource_constraint,
  restricted_xml,
  see_other_host,
  system_shutdown,
  undefined_condition,
  unsupported_encoding,
  unsupported_feature,
  unsupported_stanza_type,
  unsupported_version,
};

/// Returns the element name of the condition, e.g. "not-well-formed"; "none" for `none`.
std::string_view to_string(stream_error error);

/// Returns the condition with that element name; `undefined_condition` for a name not in the RFC.
stream_error parse_stream_error(std::string_view element_name);

/// Returns `<stream:error>` with the condition and, unless empty, a `<text/>` and an
/// application-specific condition (RFC 6120 §4.9.4). Escapes `text`; sends `application`, an
/// element, as it is. The stream header must bind the prefix `stream`.
std::string stream_error_xml(stream_error error, std::string_view text = {},
                             std::string_view application = {});

} // namespace fedhub
