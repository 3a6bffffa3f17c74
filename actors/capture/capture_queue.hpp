// Elements on their way from the streams to the files of captures.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/capture/capture_filter.hpp"
#include "protocol/capture/pcapng.hpp"

namespace fedhub {

/// A capture as the streams see it.
struct running_capture {
  running_capture(uint64_t number, capture_filter selected)
    : id{number}, filter{std::move(selected)} {}

  const uint64_t id;
  const capture_filter filter;
  std::atomic<bool> open{true}; ///< false: it takes no more elements.
  /// Elements that are missing, since there was no room for them.
  std::atomic<uint64_t> dropped{0};
};
using running_captures = std::vector<std::shared_ptr<running_capture>>;
using running_captures_ptr = std::shared_ptr<const running_captures>;

/// The stream of an element.
struct captured_stream {
  uint64_t id = 0;
  pcapng_end hub = {};
  pcapng_end peer = {};
};
using captured_stream_ptr = std::shared_ptr<const captured_stream>;

/// Octets of one stream: mostly one element.
struct captured_octets {
  std::shared_ptr<running_capture> capture;
  captured_stream_ptr stream;
  std::chrono::system_clock::time_point time;
  bool sent = false;
  std::string octets;
};

/// Takes octets from all streams, and tasks of operators, and passes them to the captures' thread.
///
/// It holds at most `most_octets`. Peers make it grow while a capture runs. Octets for which there
/// is no room are left out, and counted in their capture.
///
/// Thread safety: all calls. No call but `take` waits.
class capture_queue {
public:
  static constexpr size_t most_octets = size_t{4} << 20;
  static constexpr size_t most_tasks = 64;
  /// Counted for each element beside its octets.
  static constexpr size_t element_octets = sizeof(captured_octets);

  void add(captured_octets part);

  using task = std::function<void()>;
  /// @returns false if too many tasks wait, or the queue is closed.
  bool add(task work);

  struct batch {
    std::vector<captured_octets> parts;
    std::deque<task> tasks;
    bool last = false; ///< nothing comes any more.
  };
  /// Returns what there is. Waits for a task, for half of `most_octets`, or until `deadline`.
  batch take(std::chrono::steady_clock::time_point deadline);

  /// Returns the octets that have come so far. Does not wait.
  std::vector<captured_octets> take_parts();

  /// Ends the queue: what is added from now on is lost. What it holds can still be taken.
  void close();

private:
  std::mutex mutex_; ///< for all below.
  std::condition_variable more_;
  std::vector<captured_octets> parts_;
  size_t octets_ = 0; ///< of `parts_`.
  std::deque<task> tasks_;
  bool closed_ = false;
};

} // namespace fedhub
