// The network loop: one thread that waits for sockets and tells their owners.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/atoms.hpp"
#include "actors/socket.hpp"

namespace fedhub {

/// What a socket is ready for; bits.
enum class readiness : uint32_t { none = 0, readable = 1, writable = 2, closed = 4 };

inline readiness operator|(readiness x, readiness y) {
  return static_cast<readiness>(static_cast<uint32_t>(x) | static_cast<uint32_t>(y));
}
inline bool has(readiness x, readiness bit) { return (static_cast<uint32_t>(x) & static_cast<uint32_t>(bit)) != 0; }

class network_loop;

/// A socket under watch. The owner holds it as long as it wants news.
///
/// Thread safety: `take` belongs to the owning actor; the rest to the loop.
class watch {
public:
  /// The news since the last call. The owner calls this *before* it reads or writes, so that an edge that comes meanwhile
  /// is told by a new message.
  readiness take() { return static_cast<readiness>(pending_.exchange(0, std::memory_order_acq_rel)); }

private:
  friend class network_loop;
  std::atomic<uint32_t> pending_{0};
  ready_sink_actor owner_;
  int fd_ = -1;
};

using watch_ptr = std::shared_ptr<watch>;

/// One epoll instance, edge-triggered, and the thread that waits on it. It never reads or writes: it sends `ready_atom, fd`
/// to the owner, at most one message per watch until the owner has called `watch::take`.
///
/// Thread safety: `add` and `remove` may be called from any thread.
class network_loop {
public:
  network_loop();
  ~network_loop(); ///< stops.

  /// Begins to watch `fd` for reading and writing. News may arrive before the call returns.
  /// @returns null if the kernel refuses (errno).
  watch_ptr add(int fd, ready_sink_actor owner);

  /// Ends the watch; call before closing the descriptor. The owner may still find one message in its mailbox.
  void remove(const watch_ptr& x);

  /// Stops the thread and lets all owners go. Idempotent.
  void stop();

private:
  void run();
  void wake();

  unique_fd epoll_;
  unique_fd wake_;
  std::mutex mutex_;
  std::vector<watch_ptr> live_ended_; ///< removed; kept until the batch of events in hand is done.
  std::vector<watch_ptr> watches_;    ///< keeps watches alive while epoll points to them; index is not stable.
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

} // namespace fedhub
