// The events on their way to one client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace fedhub {

class http_reply_queue;

/// Why an event stream has ended.
enum class http_stream_end : uint8_t {
  owner,   ///< the owner ended it. The client gets all events before.
  gone,    ///< the client has closed, or its request was over before the stream began.
  slow,    ///< the client did not take its events fast enough, or at all.
  refused, ///< there were too many event streams. The client was answered 503.
  stopped, ///< the server stops.
};

/// Called when a stream has ended.
using http_stream_callback = std::function<void(http_stream_end)>;

/// Takes text from any thread and wakes the server's thread to write it. It holds at most a given
/// number of octets: the owner makes it grow, and a client that lets it exceed them is ended.
class http_event_buffer {
public:
  /// @param to wakes the server's thread.
  http_event_buffer(std::shared_ptr<http_reply_queue> to, size_t octets,
                    http_stream_callback ended);

  // For any thread.

  /// Adds text. @returns false if the stream has ended, as it has if there is no room.
  bool add(std::string_view text);

  /// Ends the stream, unless it has ended.
  void end(http_stream_end why);

  /// Returns why the stream has ended; nothing if it has not.
  std::optional<http_stream_end> ended() const;

  // For the server's thread.

  /// Moves text out. @returns how many octets; 0: none now, and more text will wake the thread;
  /// nothing: the stream has ended and all is taken.
  std::optional<size_t> take(char* to, size_t room);

  /// Returns whether `take` has something to return.
  bool ready() const;

  /// Called at regular intervals. Adds a comment if there is no text.
  /// @returns false if the stream has failed: the client takes nothing, or did not take enough.
  bool tick();

  /// Ends the stream if it has not ended, and calls back. To be called once, when nothing more is
  /// written.
  void close();

private:
  void wake();

  const std::shared_ptr<http_reply_queue> to_;
  const size_t octets_;
  http_stream_callback ended_callback_;
  mutable std::mutex mutex_; ///< for all below.
  std::string text_;
  size_t begin_ = 0; ///< so much of `text_` is taken.
  std::optional<http_stream_end> ended_;
  bool waiting_ = false; ///< `take` found nothing.
  bool taken_ = true;    ///< something was taken since the last `tick`.
};

} // namespace fedhub
