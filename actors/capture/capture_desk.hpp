// The captures' thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "actors/capture/capture_queue.hpp"
#include "actors/capture/capture_store.hpp"
#include "actors/capture/stream_tap.hpp"
#include "actors/history/disk_thread.hpp"
#include "conf/schema/schema.hpp"
#include "metrics/sockets/socket_address.hpp"

namespace fedhub {

class history_queue;

/// Returns what [capture] says.
capture_bounds capture_bounds_of(const conf::config& config);

/// Runs captures in a thread of its own. Streams pass on what it has to write, and never wait.
///
/// Thread safety: all calls. None waits but the end.
class capture_desk {
public:
  static constexpr std::chrono::seconds end_patience{2};

  /// Starts the thread.
  /// @param bounds in force now.
  /// @param audit outlives a thread whose disk has stalled, so it is shared.
  /// @param changed is called in the thread after captures have started or ended: all connections
  /// have to ask for a `tap` again. It must not wait.
  capture_desk(const capture_bounds& bounds, std::shared_ptr<history_queue> audit,
               std::function<void()> changed);
  capture_desk(const capture_desk&) = delete;
  capture_desk& operator=(const capture_desk&) = delete;
  /// Ends all captures, and keeps their files. Drops tasks that have no answer yet.
  ~capture_desk();

  /// Returns whether a stream's tap passes elements on to the captures that run now.
  /// @param tap null: to none.
  bool is_current(const stream_tap* tap) const;

  /// Returns the tap of a stream. Null if no capture has to do with it: then the stream has no more
  /// cost than a look at the null.
  std::unique_ptr<stream_tap> tap(uint64_t stream, const socket_address& peer, int socket) const;

  /// @name Each calls `reply` once with the answer, in the thread; or at once if there is no room.
  /// If the desk ends first, `reply` is destroyed without a call.
  /// @{
  template <class Value>
  using reply_to = std::function<void(capture_answer<Value>)>;
  void start(const capture_bounds& bounds, const capture_order& order,
             const reply_to<admin::capture_row>& reply);
  void list(const capture_bounds& bounds, const reply_to<std::vector<admin::capture_row>>& reply);
  void open(const capture_bounds& bounds, uint64_t id, const std::string& by,
            const reply_to<capture_download>& reply);
  void remove(const capture_bounds& bounds, uint64_t id, const std::string& by,
              const reply_to<admin::capture_row>& reply);
  /// @}

private:
  class work;

  std::shared_ptr<work> work_;
  disk_thread thread_;
};

} // namespace fedhub
