// CPU time and memory of the processes under test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace fedhub::load {

/// Sums over some processes, read from /proc. What has ended counts as nothing from then on.
class process_watch {
public:
  /// @returns an error if one of them does not exist.
  static tl::expected<process_watch, std::string> open(const std::vector<pid_t>& pids);

  double cpu_seconds() const; ///< user and system time so far; resolution 10 ms.
  uint64_t resident_kib() const;
  bool empty() const { return pids_.empty(); }

private:
  explicit process_watch(std::vector<pid_t> pids) : pids_(std::move(pids)) {}

  std::vector<pid_t> pids_;
};

} // namespace fedhub::load
