// Checks whether RFC 6120 §11.1 allows a reference.
#pragma once

#include <string_view>

#include "protocol/errors/xml_fault.hpp"

namespace fedhub::xml {

/// Checks the text between `&` and `;`, or between `&` and the octet in place of the `;`.
fault check_reference(std::string_view inside, bool closed);

} // namespace fedhub::xml
