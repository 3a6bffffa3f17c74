#include "actors/dial/descriptor_share.hpp"

#include <sys/resource.h>

namespace fedhub {

uint64_t most_descriptors() {
  rlimit x{};
  return ::getrlimit(RLIMIT_NOFILE, &x) == 0 ? x.rlim_cur : UINT64_MAX;
}

uint64_t descriptors_to_be_had() {
  rlimit x{};
  return ::getrlimit(RLIMIT_NOFILE, &x) == 0 ? x.rlim_max : UINT64_MAX;
}

void raise_descriptor_limit() {
  rlimit x{};
  if (::getrlimit(RLIMIT_NOFILE, &x) != 0 || x.rlim_cur >= x.rlim_max)
    return;
  x.rlim_cur = x.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &x); // if this fails, the limit stays as it was
}

} // namespace fedhub
