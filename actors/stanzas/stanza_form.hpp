// The form in which a stanza is written to a stream: its start tag, and whether its root has a
// prefix.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// Returns the start tag to write instead of the stanza's own; null if the stanza can be written as
/// it is.
/// @param content_namespace of the destination stream.
/// @param target the domain of the destination stream, if its server accepts it in one form only
/// (`domain_name::in_ascii`); else empty.
std::unique_ptr<const std::string> replaced_tag(const stanza& stanza,
                                                std::string_view content_namespace,
                                                const domain_name& target = {});

/// Removes the prefix of the stanza's root if it needs none; the stanza then has octets of its own.
/// Call before the stanza counts against a limit, since its size changes.
void drop_prefix(stanza& stanza);

} // namespace fedhub
