#include "conf/file/problem.hpp"

namespace fedhub::conf {

std::string to_string(const problem& x) {
  std::string result = x.file;
  if (x.line != 0)
    result += ":" + std::to_string(x.line);
  result += ": ";
  if (!x.key.empty())
    result += x.key + ": ";
  return result + "found " + x.found + "; allowed " + x.allowed;
}

} // namespace fedhub::conf
