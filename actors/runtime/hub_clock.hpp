// The clock of the hub's actors: messages that are to come later.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/detail/thread_safe_actor_clock.hpp>

namespace fedhub {

/// Keeps the delayed messages of tens of thousands of streams. CAF's own clock wakes its thread for
/// every message and keeps an actor that has ended until its last message was due; this one sleeps
/// until something is due, and forgets an actor when it ends. Time-outs of requests and of
/// receives, which the hub hardly uses, are left to CAF's.
///
/// Thread safety: all of it.
class hub_clock final : public caf::detail::thread_safe_actor_clock {
public:
  /// @param others for what is not a delayed message; outlives this.
  explicit hub_clock(caf::actor_clock& others);
  ~hub_clock() override;

  /// Sends `content` at `t`, or as soon after it as the thread gets to it; if that is more than a
  /// second ahead, up to `slack` later, so that thousands of deadlines share one wake-up. Messages
  /// due at the same time go in the order of the calls.
  static constexpr std::chrono::milliseconds slack{50};
  void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                        caf::message content) override;

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                            uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                         uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  /// Called by CAF when an actor ends: lets its delayed messages go.
  void cancel_timeouts(caf::abstract_actor* self) override;
  void cancel_all() override;

  /// Lets all go and ends the thread; what is scheduled later is dropped. Idempotent.
  void stop();

  /// Messages that wait, for tests.
  size_t size() const;
  /// Those, and what is left of others that were let go before they were due; for tests.
  size_t remembered() const;

private:
  /// A delayed message; its place is used again.
  struct entry {
    caf::strong_actor_ptr receiver; ///< null: let go, or free.
    caf::mailbox_element_ptr content;
    uint64_t order = 0;
    uint32_t next = none; ///< another one for the same receiver.
    uint32_t previous = none;
  };
  struct due_entry {
    time_point due;
    uint64_t order;
    uint32_t place;

    /// For a heap with the earliest one on top.
    bool operator<(const due_entry& x) const {
      return due != x.due ? due > x.due : order > x.order;
    }
  };
  static constexpr uint32_t none = UINT32_MAX;

  void run();
  void unlink(uint32_t place);
  bool waits(const due_entry& x) const;
  void forget_stale();
  bool has_timeouts(const caf::abstract_actor* self) const;
  void note_timeouts(const caf::abstract_actor* self);

  caf::actor_clock& others_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<due_entry> heap_;
  size_t stale_ = 0; ///< of the heap's: their messages were let go, their places may be others'.
  std::deque<entry> entries_;
  std::vector<uint32_t> free_;
  std::unordered_map<caf::actor_id, uint32_t> first_; ///< of each receiver.
  std::unordered_set<caf::actor_id> with_timeouts_;   ///< actors of which `others_` knows.
  uint64_t order_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace fedhub
