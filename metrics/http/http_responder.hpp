// The right to answer one HTTP request, from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "metrics/http/http_event_stream.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

class http_reply_queue;

/// Answers one request. Copies answer the same request, and the first call counts. Any thread may
/// call, copy and destroy it, also after the client or the whole server is gone. If the last copy
/// is destroyed without a call, the client is answered 500.
class http_responder {
public:
  http_responder() = default; ///< answers nothing.
  http_responder(std::shared_ptr<http_reply_queue> to, uint64_t request);

  /// Sends the response. Does not wait.
  /// @returns false if nobody waits for it: the request was answered before or its deadline has
  /// passed, or the client or the server is gone.
  bool operator()(http_response response) const;

  /// Begins an event stream as the response. Counts as the call.
  /// @returns the stream; it has ended if nobody waits for the response.
  http_event_stream stream(http_stream_options options) const;

  /// Returns whether the response is still waited for. The owner of a costly task may ask before it
  /// begins, but the answer may be out of date at once.
  bool awaited() const;

private:
  class ticket;
  std::shared_ptr<ticket> ticket_;
};

/// Answers one request at once or later, by the responder. Runs in the server's thread, so it must
/// not wait. If it throws, the client is answered 500.
using http_async_handler = std::function<void(http_request, http_responder)>;

} // namespace fedhub
