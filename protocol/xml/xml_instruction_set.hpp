// What the CPU offers to the scanner's inner loop.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub::xml {

/// Ways to classify octets; all give the same. `scalar` runs on any CPU.
enum class instruction_set : uint8_t { scalar, sse2, avx2, avx512 };
std::string_view to_string(instruction_set x);

/// Whether this build and this CPU have it.
bool available(instruction_set x);

/// The fastest one that is available; asked of the CPU once.
instruction_set best_instruction_set();

} // namespace fedhub::xml
