// How a fuzz target reports what it found.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace fedhub::fuzz {

/// Ends the program, which the fuzzer counts as a finding.
[[noreturn]] inline void broken(std::string_view promise) {
  std::cerr << "broken promise: " << promise << "\n";
  std::abort();
}

inline void must(bool kept, std::string_view promise) {
  if (!kept)
    broken(promise);
}

} // namespace fedhub::fuzz
