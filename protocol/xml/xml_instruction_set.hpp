// The CPU's vector instructions, for the scanner's inner loop.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub::xml {

/// Implementations of the classification of octets. All give the same result. `scalar` runs on any
/// CPU.
enum class instruction_set : uint8_t { scalar, sse2, avx2, avx512 };
std::string_view to_string(instruction_set set);

/// Returns whether both this build and this CPU have the instruction set.
bool available(instruction_set set);

/// Returns the fastest available instruction set. Queries the CPU once.
instruction_set best_instruction_set();

} // namespace fedhub::xml
