// A SHA-256 hash as a value.
#pragma once

#include <array>

namespace fedhub {

using sha256_digest = std::array<unsigned char, 32>;

} // namespace fedhub
