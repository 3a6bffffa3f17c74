// CPU time and memory of the processes under test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace fedhub::load {

/// Sums over several processes, read from /proc. A process that has ended counts as 0 from then on.
class process_watch {
public:
  /// Begins to watch. @returns an error if a process does not exist.
  static tl::expected<process_watch, std::string> open(const std::vector<pid_t>& pids);

  double cpu_seconds() const; ///< user and system time so far; resolution 10 ms.
  uint64_t resident_kib() const;
  bool empty() const { return pids_.empty(); }

private:
  explicit process_watch(std::vector<pid_t> pids) : pids_(std::move(pids)) {}

  std::vector<pid_t> pids_;
};

} // namespace fedhub::load
