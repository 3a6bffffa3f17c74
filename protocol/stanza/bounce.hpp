// The error stanza that answers a stanza: RFC 6120 §8.3.
#pragma once

#include <string>
#include <string_view>

#include "protocol/errors/stanza_error.hpp"
#include "protocol/stanza/stanza_kind.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

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
