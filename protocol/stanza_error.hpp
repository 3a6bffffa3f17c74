// Stanza errors: RFC 6120 §8.3, and the bounces that carry them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/xml_scanner.hpp"

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

/// The element name, e.g. "remote-server-not-found".
std::string_view to_string(stanza_error x);
/// The error type that RFC 6120 §8.3.3 associates with the condition: "cancel", "wait", "modify",
/// "auth".
std::string_view error_type(stanza_error x);

enum class stanza_kind : uint8_t { none, message, presence, iq };

/// The kind of a top-level element by its local name; `none` if it is no stanza.
stanza_kind parse_stanza_kind(std::string_view local_name);
std::string_view to_string(stanza_kind x);

/// Whether RFC 6120 §8.3.1 lets a stanza be answered by an error: not if its type is "error", nor
/// an iq of type "result". `type` is the raw attribute value, empty if absent.
bool may_bounce(stanza_kind kind, std::string_view type);

/// The error stanza that answers `stanza`: addresses swapped, id kept, type "error", `<error>` with
/// the condition and a `<text/>`; the payload is not echoed. Its content namespace is the default
/// one of the stream it is sent on (no `xmlns` on the root).
/// @pre `tag` is the scanner's for `stanza`, and `may_bounce` holds.
std::string make_bounce(std::string_view stanza, const start_tag& tag, stanza_error condition,
                        std::string_view text);

} // namespace fedhub
