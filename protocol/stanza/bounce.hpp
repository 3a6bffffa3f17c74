// Makes the error stanza that answers a stanza: RFC 6120 §8.3.
#pragma once

#include <string>
#include <string_view>

#include "protocol/errors/stanza_error.hpp"
#include "protocol/stanza/stanza_kind.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// Returns whether RFC 6120 §8.3.1 permits an error as the answer: not to a stanza of type "error",
/// and not to an iq of type "result". `type` is the raw attribute value, empty if absent.
bool may_bounce(stanza_kind kind, std::string_view type);

/// Returns the error stanza that answers `stanza`: with swapped addresses, the same id, type
/// "error", and `<error>` with the condition and a `<text/>`. The payload is not echoed. The
/// content namespace is the default namespace of the stream that carries the answer (no `xmlns` on
/// the root).
/// @pre `tag` is the scanner's for `stanza`, and `may_bounce` is true.
std::string make_bounce(std::string_view stanza, const start_tag& tag, stanza_error condition,
                        std::string_view text);

} // namespace fedhub
