// Server-sent events as text (WHATWG HTML §9.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "metrics/http/http_message.hpp"

namespace fedhub {

/// One event. The text is UTF-8. CR, LF and NUL are left out of `id` and `name`, since they would
/// begin another field.
struct http_event {
  std::string id;   ///< comes back as `Last-Event-ID`; empty: the event does not change it.
  std::string name; ///< empty: "message".
  std::string data; ///< lines end with LF, CR LF or CR; the client gets LF.
};

/// Returns the event in the format of a stream (§9.2.5), with the empty line that dispatches it.
std::string event_text(const http_event& event);

/// A line that clients skip. It shows both ends that the other one is there.
constexpr std::string_view event_comment = ":\n";

/// Longer ids are not accepted from a client.
constexpr size_t longest_event_id = 128;

/// Returns the id of the last event that the client got on an earlier stream (§9.2.4). Empty if
/// there is none, or if it has more than `longest_event_id` octets.
std::string_view last_event_id(const http_fields& headers);

} // namespace fedhub
