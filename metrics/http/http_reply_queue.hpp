// Replies to HTTP requests, on their way to the server's thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/http/http_event_stream.hpp"
#include "metrics/http/http_message.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// Why a request has no response of the handler's.
enum class http_failure : uint8_t {
  dropped, ///< the responder was destroyed without a call.
  late,    ///< the deadline has passed.
  gone,    ///< the client has ended.
};

using http_reply = std::variant<http_response, http_stream_source, http_failure>;

/// Takes replies from any thread and wakes the server's thread. It holds at most one reply for each
/// request that the server has open; a reply to any other request is destroyed at once.
class http_reply_queue {
public:
  using replies = std::vector<std::pair<uint64_t, http_reply>>;

  /// @param wake an eventfd, non-blocking. It is readable while replies are there, or after `wake`.
  explicit http_reply_queue(unique_fd wake) : wake_{std::move(wake)} {}

  // For the server's thread.

  /// Opens a request. @returns its number, which is never used again.
  uint64_t open();

  /// Returns the reply that came since `open`, and ends the request. If there is none, a later
  /// reply wakes the thread.
  std::optional<http_reply> take_or_wait(uint64_t request);

  /// Returns the replies to all requests that `take_or_wait` has left open, and ends these.
  replies take_all();

  /// Ends a request. It may have ended before.
  void forget(uint64_t request);

  int wake_descriptor() const { return wake_.get(); }

  /// Ends all requests and closes the eventfd. The other functions of this thread must not be
  /// called afterwards, but for `forget`.
  void close();

  // For any thread, also after `close`.

  void wake();

  /// Replies to a request. @returns false if it is not open, or has its reply.
  bool post(uint64_t request, http_reply reply);

  /// Returns whether a request is open and has no reply.
  bool expects(uint64_t request) const;

private:
  struct row {
    std::optional<http_reply> reply;
    bool waiting = false; ///< the thread has to be woken for the reply.
  };

  void wake_locked();

  mutable std::mutex mutex_; ///< for all below; `wake_descriptor` needs no lock until `close`.
  unique_fd wake_;
  uint64_t next_ = 0;
  std::map<uint64_t, row> open_;
};

} // namespace fedhub
