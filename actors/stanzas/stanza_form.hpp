// The form in which a stanza goes to a stream: its start tag, and whether its root has a prefix.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// Returns the start tag to write instead of the stanza's own; null if its octets can go as they
/// are. @param content_namespace of the stream that it goes to.  @param target the domain that the
/// stream goes to, where its server takes it in one form only (`domain_name::in_ascii`); else
/// empty.
std::unique_ptr<const std::string> replaced_tag(const stanza& x, std::string_view content_namespace,
                                                const domain_name& target = {});

/// Moves a stanza whose root has a prefix into octets of its own without it, where it needs none.
/// To be called before the stanza counts against a limit: its size changes.
void drop_prefix(stanza& x);

} // namespace fedhub
