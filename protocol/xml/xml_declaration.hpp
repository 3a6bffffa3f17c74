// The XML declaration: XML 1.0 §2.8.
#pragma once

#include <string_view>

#include "protocol/errors/xml_fault.hpp"

namespace fedhub::xml {

/// Checks a whole declaration, `<?xml` and `?>` included: the version is 1.0, and the encoding, if
/// named, is UTF-8 (RFC 6120 §11.6).
fault check_declaration(std::string_view text);

} // namespace fedhub::xml
