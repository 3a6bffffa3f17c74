// Whether a reference is one that RFC 6120 §11.1 leaves.
#pragma once

#include <string_view>

#include "protocol/errors/xml_fault.hpp"

namespace fedhub::xml {

/// Checks what stands between `&` and `;`, or between `&` and the octet that took the `;`'s place.
fault check_reference(std::string_view inside, bool closed);

} // namespace fedhub::xml
