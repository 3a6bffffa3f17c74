// The kinds of stanzas: message, presence, iq (RFC 6120 §8.2).
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

enum class stanza_kind : uint8_t { none, message, presence, iq };

/// Returns the kind of a top-level element by its local name; `none` if it is no stanza.
stanza_kind parse_stanza_kind(std::string_view local_name);
std::string_view to_string(stanza_kind kind);

} // namespace fedhub
