#include "actors/dial/descriptor_share.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

uint64_t most_descriptors() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : UINT64_MAX;
}

uint64_t descriptors_to_be_had() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : UINT64_MAX;
}

std::optional<uint64_t> open_descriptors() {
  const unique_fd next{::open("/", O_PATH | O_CLOEXEC)};
  if (!next)
    return {};
  return static_cast<uint64_t>(next.get());
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit); // if this fails, the limit stays as it was
}

} // namespace fedhub
