// The instruction sets that this machine can test.
#pragma once

#include <string>
#include <vector>

#include "protocol/xml/xml_instruction_set.hpp"

namespace fedhub::test {

inline std::vector<xml::instruction_set> available_instruction_sets() {
  std::vector<xml::instruction_set> all;
  for (const auto entry : {xml::instruction_set::scalar, xml::instruction_set::sse2,
                           xml::instruction_set::avx2, xml::instruction_set::avx512})
    if (available(entry))
      all.push_back(entry);
  return all;
}

} // namespace fedhub::test
