// A thread that may wait for a disk for ever.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace fedhub {

/// Runs one function in a thread of its own. The end of the object waits for the function, but not
/// for ever: a disk or a file server that hangs would hold up the end of the hub.
class disk_thread {
public:
  /// Starts the thread.
  /// @param name of the thread, at most 15 octets.
  /// @param work must own everything that it uses, since it may outlive this object.
  disk_thread(const char* name, std::function<void()> work);
  disk_thread(const disk_thread&) = delete;
  disk_thread& operator=(const disk_thread&) = delete;

  /// Waits for the end of the function. @returns false after `patience`.
  bool wait(std::chrono::milliseconds patience);

private:
  struct progress;
  std::shared_ptr<progress> progress_;
};

} // namespace fedhub
