// Threads for work that may never end.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace fedhub {

/// Runs what waits for files on threads of their own: a file server that hangs holds up such a
/// thread only, and nobody waits for it, not even the end of the process.
///
/// Thread safety: all of it.
class side_threads {
public:
  /// @param most threads of this object that run at a time.
  explicit side_threads(size_t most);

  /// Starts `work`. It must own all that it uses: it may go on after this object, and after the
  /// actors, have gone. What it throws is dropped.
  /// @returns false if too many run already, or if the system has no thread.
  bool run(std::function<void()> work);

  /// Threads of all objects that run now.
  static size_t running();

private:
  struct count;
  std::shared_ptr<count> count_;
};

} // namespace fedhub
