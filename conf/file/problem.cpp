#include "conf/file/problem.hpp"

namespace fedhub::conf {

std::string to_string(const problem& fault) {
  std::string result = fault.file;
  if (fault.line != 0)
    result += ":" + std::to_string(fault.line);
  result += ": ";
  if (!fault.key.empty())
    result += fault.key + ": ";
  return result + "found " + fault.found + "; allowed " + fault.allowed;
}

} // namespace fedhub::conf
