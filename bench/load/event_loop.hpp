// One thread's epoll loop.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "bench/load/clock.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub::load {

/// Handles the events of a descriptor.
class io_handler {
public:
  virtual ~io_handler() = default;
  /// @param events of epoll. The handler may close its descriptor, and pass itself to
  /// `event_loop::dispose`.
  virtual void on_events(uint32_t events) = 0;
};

/// A level-triggered loop. Only the loop's thread calls its members, except `wake` and `stop`.
class event_loop {
public:
  /// @param clock outlives the loop.
  explicit event_loop(const run_clock& clock);

  void add(int fd, uint32_t events, io_handler& handler);
  void modify(int fd, uint32_t events, io_handler& handler);

  /// Runs until `stop`. Before each wait, `before_wait` does everything that is due.
  /// @param before_wait returns for how many ns nothing else will be due; `forever` if nothing
  /// will.
  void run(const std::function<nanos()>& before_wait);
  static constexpr nanos forever = -1;

  /// Makes the loop call `before_wait`. Any thread may call it.
  void wake();
  /// Ends `run`. Any thread may call it.
  void stop();

  /// Destroys `x` once no event of this turn can reach it.
  void dispose(std::shared_ptr<void> x) { disposed_.push_back(std::move(x)); }

  nanos now() const { return clock_.now(); }

  /// Returns room for one read at a time, shared by all descriptors of the loop.
  char* buffer() { return buffer_.get(); }
  static constexpr size_t buffer_size = 384 * 1024;

private:
  void take_wake_up();

  const run_clock& clock_;
  unique_fd epoll_;
  unique_fd wake_;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<char[]> buffer_;
  std::vector<std::shared_ptr<void>> disposed_;
};

} // namespace fedhub::load
