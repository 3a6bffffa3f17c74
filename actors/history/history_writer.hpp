// The history's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "actors/history/disk_thread.hpp"
#include "actors/history/history_queue.hpp"
#include "actors/history/history_store.hpp"

namespace fedhub {

/// Writes batches of the queue to a sink, in a thread of its own. Only this thread waits for the
/// disk.
class history_writer {
public:
  static constexpr std::chrono::seconds end_patience{5};
  static constexpr std::chrono::seconds tending_interval{10};

  /// Makes the sink; called in the thread.
  using sink_maker = std::function<std::unique_ptr<history_sink>()>;

  /// Starts the thread.
  /// @param queue outlives a thread whose disk has stalled, so it is shared.
  /// @param written is called in the thread after events were written. It must not wait.
  /// @param patience the longest time that the end waits for the disk.
  history_writer(std::shared_ptr<history_queue> queue, sink_maker make,
                 std::function<void()> written, std::chrono::milliseconds patience = end_patience);
  history_writer(const history_writer&) = delete;
  history_writer& operator=(const history_writer&) = delete;

  /// Closes the queue, and waits until all is written, or for `patience`. After that a thread that
  /// waits for its disk still runs, and touches nothing but the queue; `written` is not called any
  /// more.
  ~history_writer();

private:
  class reporter;
  static void run(history_queue& queue, history_sink& sink, reporter& written);

  std::shared_ptr<history_queue> queue_;
  std::shared_ptr<reporter> written_;
  disk_thread thread_;
  std::chrono::milliseconds patience_;
};

} // namespace fedhub
