// The network loop: waits for events of sockets and notifies their owners.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>

#include "actors/runtime/ready_sink.hpp"
#include "actors/runtime/turn_lines.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// The events of a socket; bits.
enum class readiness : uint32_t {
  none = 0,
  readable = 1,
  writable = 2,
  hangup = 4, ///< the peer has closed its side, or the socket has failed: read until it shows.
  again = 8,  ///< no event of the socket: the owner has asked for another turn.
};

inline readiness operator|(readiness x, readiness y) {
  return static_cast<readiness>(static_cast<uint32_t>(x) | static_cast<uint32_t>(y));
}
inline bool has(readiness x, readiness bit) {
  return (static_cast<uint32_t>(x) & static_cast<uint32_t>(bit)) != 0;
}

/// The events that the owner of a socket wants.
enum class interest : uint8_t {
  reading, ///< also the peer's end, and errors.
  reading_and_writing,
};

class network_loop;

/// A socket under watch. The owner holds it as long as it wants events.
///
/// Thread safety: `take`, `urgency`, `source` and `writing_` belong to the owning actor, everything
/// else to the loop.
class watch : public std::enable_shared_from_this<watch> {
public:
  /// Returns the events since the last call. Call it *before* reading or writing, so that an edge
  /// in between causes a new message. An error or a hang-up counts as readable and writable too;
  /// the next call on the socket shows which it is. Without `hangup`, a read that did not fill its
  /// buffer has read everything: further octets cause a new edge.
  readiness take() {
    return static_cast<readiness>(pending_.exchange(0, std::memory_order_acq_rel));
  }

  /// Sets how urgent the events are from now on. The default is `prompt`.
  void urgency(turn_class x) { class_.store(x, std::memory_order_relaxed); }
  /// Sets the source whose streams share turns with this one; see `turn_lines`.
  void source(uint64_t x) { source_.store(x, std::memory_order_relaxed); }

private:
  friend class network_loop;
  watch(int fd, const ready_sink_actor& owner, interest wanted)
    : owner_(caf::actor_cast<caf::strong_actor_ptr>(owner)), fd_(fd),
      writing_(wanted == interest::reading_and_writing) {}

  std::atomic<uint32_t> pending_{0};
  std::atomic<turn_class> class_{turn_class::prompt};
  std::atomic<uint64_t> source_{0};
  caf::strong_actor_ptr owner_;
  int fd_;
  bool writing_; ///< whether epoll reports when the socket is writable.
};

using watch_ptr = std::shared_ptr<watch>;

/// One edge-triggered epoll instance. It never reads or writes. It sends `ready_atom, fd` to the
/// owner of a descriptor, at most one message per watch until the owner has called `watch::take`.
///
/// Idle scheduler workers call `poll` to wait for events, so an event wakes only one thread.
///
/// Thread safety: any thread may make any call.
class network_loop {
public:
  enum class driver : uint8_t {
    own_thread, ///< a thread of the loop.
    callers,    ///< the threads that call `poll`.
  };

  explicit network_loop(driver by = driver::own_thread);
  ~network_loop(); ///< stops.

  /// Fetches events and notifies the owners. Only one thread at a time does so.
  /// @param unit where the owners run; null: the scheduler chooses.
  /// @param may_wait returns whether to wait for events. It is called when `wake` by another thread
  /// already has an effect.
  /// @returns false if another thread is in `poll`, or the loop has stopped.
  bool poll(caf::execution_unit* unit, const std::function<bool()>& may_wait);

  /// Ends the wait of the thread that is in `poll`. @returns false if none waits.
  bool wake();

  /// Asks for another turn for the owner. It gets `ready_atom` when its turn comes (`next_turn`),
  /// or at once if the loop has a thread of its own.
  void again(const watch_ptr& watch);

  /// Notifies the next owner in line. Owners in line have asked for another turn, or have events
  /// that are not `prompt`.
  /// @param unit where the owner runs. @returns false if none waits.
  bool next_turn(caf::execution_unit* unit);
  /// Returns how many owners wait in line.
  size_t turns_waiting() const { return turns_waiting_; }

  /// Begins to watch `fd`. The first event may arrive before the call returns.
  /// @param wanted use `reading` where possible. A socket is nearly always writable, and the kernel
  /// reports it again and again: for each datagram sent, and when half of a connection is closed.
  /// @returns null if the kernel refuses (errno).
  watch_ptr add(int fd, const ready_sink_actor& owner, interest wanted);

  /// Watches writing too from now on. Call when the kernel took no more octets. If the socket is
  /// writable again already, an event comes at once.
  /// @pre the watch has not ended.
  void watch_writing(const watch_ptr& watch);

  /// Ends the watch of a descriptor that stays open. One message may still be in the owner's
  /// mailbox.
  void remove(const watch_ptr& watch);

  /// Ends the watch of a descriptor that has *just been closed*. This costs no system call, since
  /// the kernel has removed the descriptor from epoll (epoll(7): there must be no duplicate). Call
  /// it after closing, since events in between must still find the watch.
  void closed(const watch_ptr& watch);

  /// Releases all owners and sends no more messages. Idempotent.
  void stop();

private:
  void run();
  void dispatch(int events, caf::execution_unit* unit);
  void report(watch& watch, caf::execution_unit* unit);
  void stand_in_line(watch& watch);
  void free_ended();
  void end(const watch_ptr& watch);

  unique_fd epoll_;
  unique_fd wake_;
  std::mutex mutex_;
  std::unordered_set<watch_ptr> live_;  ///< keeps the objects alive that epoll points to.
  std::vector<watch_ptr> ended_;        ///< removed; freed once the current events are handled.
  std::mutex poll_mutex_;               ///< held in `poll`.
  std::array<epoll_event, 512> events_; ///< of the current `poll`.
  std::atomic<int> waiting_{0}; ///< 1: a thread is in `epoll_wait`, or about to call `may_wait`.
  std::atomic<bool> stopping_{false};
  const driver driver_;
  std::mutex lines_mutex_;
  turn_lines<watch_ptr> lines_;
  std::atomic<size_t> turns_waiting_{0}; ///< the size of `lines_`.
  std::thread thread_;
};

} // namespace fedhub
