// The network loop: waits for sockets and tells their owners.
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

/// What a socket is ready for; bits.
enum class readiness : uint32_t {
  none = 0,
  readable = 1,
  writable = 2,
  hangup = 4, ///< the peer has closed its side, or the socket has failed: read until that shows.
  again = 8,  ///< no news of the socket: the owner asked for another turn.
};

inline readiness operator|(readiness x, readiness y) {
  return static_cast<readiness>(static_cast<uint32_t>(x) | static_cast<uint32_t>(y));
}
inline bool has(readiness x, readiness bit) {
  return (static_cast<uint32_t>(x) & static_cast<uint32_t>(bit)) != 0;
}

/// What the owner of a socket wants to be told.
enum class interest : uint8_t {
  reading, ///< and the peer's end, and errors.
  reading_and_writing,
};

class network_loop;

/// A socket under watch. The owner holds it as long as it wants news.
///
/// Thread safety: `take`, `urgency`, `source` and `writing_` belong to the owning actor, the rest
/// to the loop.
class watch : public std::enable_shared_from_this<watch> {
public:
  /// The news since the last call. Call this *before* reading or writing: an edge that comes
  /// meanwhile is then told by a new message. An error or a hang-up counts as readable and
  /// writable too: the next call on the socket tells which. Without `hangup`, a read that did not
  /// fill its room has read all: what comes later is a new edge.
  readiness take() {
    return static_cast<readiness>(pending_.exchange(0, std::memory_order_acq_rel));
  }

  /// How urgent the news are from now on; at first `prompt`.
  void urgency(turn_class x) { class_.store(x, std::memory_order_relaxed); }
  /// Whose streams share their turns with this one; see `turn_lines`.
  void source(uint64_t x) { source_.store(x, std::memory_order_relaxed); }

private:
  friend class network_loop;
  watch(int fd, const ready_sink_actor& owner, interest x)
    : owner_(caf::actor_cast<caf::strong_actor_ptr>(owner)), fd_(fd),
      writing_(x == interest::reading_and_writing) {}

  std::atomic<uint32_t> pending_{0};
  std::atomic<turn_class> class_{turn_class::prompt};
  std::atomic<uint64_t> source_{0};
  caf::strong_actor_ptr owner_;
  int fd_;
  bool writing_; ///< epoll tells of it.
};

using watch_ptr = std::shared_ptr<watch>;

/// One epoll instance, edge-triggered. It never reads or writes: it sends `ready_atom, fd` to the
/// owner, at most one message per watch until the owner has called `watch::take`.
///
/// Whoever has nothing to do waits in it (`poll`): in the hub the scheduler's workers, so that a
/// message to an owner needs no other thread to wake up.
///
/// Thread safety: all of it may be called from any thread.
class network_loop {
public:
  enum class driver : uint8_t {
    own_thread, ///< a thread of the loop's own.
    callers,    ///< those who call `poll`.
  };

  explicit network_loop(driver x = driver::own_thread);
  ~network_loop(); ///< stops.

  /// Fetches news and tells the owners. One thread at a time does so.
  /// @param unit where the owners are to run; null: the scheduler's matter.
  /// @param may_wait asked after other threads' `wake` has begun to have an effect: whether to wait
  /// for news.
  /// @returns false if another thread is at it or the loop has stopped.
  bool poll(caf::execution_unit* unit, const std::function<bool()>& may_wait);

  /// Ends the wait of the thread that is in `poll`. @returns false if none waits.
  bool wake();

  /// The owner has more to do and wants another turn: it is told by `ready_atom` once it is its
  /// turn (`next_turn`). With a thread of the loop's own: at once.
  void again(const watch_ptr& x);

  /// Tells the owner whose turn it is among those that wait in line: those that asked for another
  /// turn, and those with news that are not `prompt`.
  /// @param unit where the owner is to run. @returns false if none waits.
  bool next_turn(caf::execution_unit* unit);
  /// So many owners wait in line.
  size_t turns_waiting() const { return turns_waiting_; }

  /// Begins to watch `fd`. The first news may arrive before the call returns.
  /// @param wanted a socket can nearly always be written, and the kernel tells so time and again:
  /// with a datagram sent, with half of a connection closed. Who can do without waits for
  /// `reading`.
  /// @returns null if the kernel refuses (errno).
  watch_ptr add(int fd, ready_sink_actor owner, interest wanted);

  /// The kernel took nothing more: from now on, the watch tells of writing too. If the socket can
  /// be written by now, it tells so at once.
  /// @pre the watch has not ended.
  void watch_writing(const watch_ptr& x);

  /// Ends the watch of a descriptor that stays open. One message may still be in the owner's
  /// mailbox.
  void remove(const watch_ptr& x);

  /// Ends the watch of a descriptor that has *just been closed*, which costs no system call: the
  /// kernel has taken it out of epoll (epoll(7): there must be no duplicate). To be called after
  /// closing, or else news that come in between would find no watch.
  void closed(const watch_ptr& x);

  /// Lets all owners go; nobody is told anything from now on. Idempotent.
  void stop();

private:
  void run();
  void dispatch(int events, caf::execution_unit* unit);
  void tell(watch& x, caf::execution_unit* unit);
  void stand_in_line(watch& x);
  void let_go();
  void end(const watch_ptr& x);

  unique_fd epoll_;
  unique_fd wake_;
  std::mutex mutex_;
  std::unordered_set<watch_ptr> live_;  ///< keeps alive what epoll points to.
  std::vector<watch_ptr> ended_;        ///< removed; freed once the events in hand are done.
  std::mutex poll_mutex_;               ///< held in `poll`.
  std::array<epoll_event, 512> events_; ///< of the `poll` in hand.
  std::atomic<int> waiting_{0}; ///< 1: a thread is in `epoll_wait`, or about to ask `may_wait`.
  std::atomic<bool> stopping_{false};
  const driver driver_;
  std::mutex lines_mutex_;
  turn_lines<watch_ptr> lines_;
  std::atomic<size_t> turns_waiting_{0}; ///< as many as `lines_` holds.
  std::thread thread_;
};

} // namespace fedhub
