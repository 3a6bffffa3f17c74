// Threads for work that may never end.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace fedhub {

/// Runs work that waits for files, each in a thread of its own. A file server that hangs holds up
/// only that thread. Nothing waits for the thread, not even the end of the process.
///
/// Thread safety: all calls.
class side_threads {
public:
  /// @param most the most threads of this object that run at a time.
  explicit side_threads(size_t most);

  /// Starts `work` in a thread. It must own everything that it uses, since it may outlive this
  /// object and the actors. Its exceptions are dropped.
  /// @returns false if too many threads run already, or if the system provides none.
  bool run(std::function<void()> work);

  /// Returns how many threads of all objects run now.
  static size_t running();

private:
  struct count;
  std::shared_ptr<count> count_;
};

} // namespace fedhub
