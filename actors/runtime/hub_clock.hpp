// The clock of the hub's actors, for delayed messages.
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
/// every message, and keeps an ended actor until its last message is due. This clock sleeps until a
/// message is due, and forgets an actor when it ends. CAF's clock still handles time-outs of
/// requests and of receives, which the hub hardly uses.
///
/// Thread safety: all calls.
class hub_clock final : public caf::detail::thread_safe_actor_clock {
public:
  /// @param others handles everything except delayed messages; outlives this object.
  explicit hub_clock(caf::actor_clock& others);
  ~hub_clock() override;

  /// Sends `content` at `t`, or as soon after it as the thread can. If `t` is more than a second
  /// ahead, the message may come up to `slack` later, so that thousands of deadlines share one
  /// wake-up. Messages due at the same time are sent in the order of the calls.
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
  /// Drops the delayed messages of an actor. CAF calls it when the actor ends.
  void cancel_timeouts(caf::abstract_actor* self) override;
  void cancel_all() override;

  /// Drops all messages and ends the thread. Messages scheduled later are dropped. Idempotent.
  void stop();

  /// Returns how many messages wait, for tests.
  size_t size() const;
  /// Returns the size of the heap for tests: waiting messages, and stale entries of messages that
  /// were dropped.
  size_t remembered() const;

private:
  /// A delayed message. Its place is used again.
  struct entry {
    caf::strong_actor_ptr receiver; ///< null: dropped, or a free place.
    caf::mailbox_element_ptr content;
    uint64_t order = 0;
    uint32_t next = none; ///< another message for the same receiver.
    uint32_t previous = none;
  };
  struct due_entry {
    time_point due;
    uint64_t order;
    uint32_t place;

    /// Orders a heap with the earliest deadline on top.
    bool operator<(const due_entry& x) const {
      return due != x.due ? due > x.due : order > x.order;
    }
  };
  static constexpr uint32_t none = UINT32_MAX;

  void run();
  void unlink(uint32_t place);
  bool waits(const due_entry& entry) const;
  void forget_stale();
  bool has_timeouts(const caf::abstract_actor* self) const;
  void note_timeouts(const caf::abstract_actor* self);

  caf::actor_clock& others_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<due_entry> heap_;
  /// Entries of the heap whose messages were dropped. Another message may have their place.
  size_t stale_ = 0;
  std::deque<entry> entries_;
  std::vector<uint32_t> free_;
  std::unordered_map<caf::actor_id, uint32_t> first_; ///< the first entry of each receiver.
  std::unordered_set<caf::actor_id> with_timeouts_;   ///< actors that have time-outs in `others_`.
  uint64_t order_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace fedhub
