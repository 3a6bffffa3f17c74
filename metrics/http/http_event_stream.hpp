// A response that consists of events and lasts for hours.
#pragma once

#include <cstddef>
#include <memory>

#include "metrics/http/http_event.hpp"
#include "metrics/http/http_event_buffer.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

/// How a stream of events begins and ends.
struct http_stream_options {
  http_fields headers = {}; ///< beside `Content-Type` and `Cache-Control`.
  /// Of events that the client has yet to take. One more event ends the stream as `slow`.
  size_t buffer_octets = 65'536;
  /// Called exactly once: in the server's thread, in the thread that stops the server, or inside
  /// `http_responder::stream` if nobody waits for the response. Must not wait or throw.
  http_stream_callback ended = {};
};

/// The owner's side of an event stream (WHATWG HTML §9.2). Copies write to the same stream. Any
/// thread may call, copy and destroy it, also after the client or the whole server is gone. If the
/// last copy is destroyed, the stream ends.
class http_event_stream {
public:
  http_event_stream() = default; ///< has ended.
  explicit http_event_stream(std::shared_ptr<http_event_buffer> to);

  /// Writes an event. Does not wait.
  /// @returns false if the stream has ended.
  bool write(const http_event& event) const;

  /// Returns whether the stream has not ended. It may end at once.
  bool open() const;

  /// Ends the stream after the events that were written.
  void end() const;

private:
  class owner;
  std::shared_ptr<owner> owner_;
};

/// The server's side of an event stream. Its destruction closes the stream.
class http_stream_source {
public:
  http_stream_source(std::shared_ptr<http_event_buffer> from, http_fields headers)
    : headers{std::move(headers)}, from_{std::move(from)} {}
  http_stream_source(http_stream_source&&) = default;
  http_stream_source& operator=(http_stream_source&& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(headers, other.headers);
    return *this;
  }
  ~http_stream_source() {
    if (from_ != nullptr)
      from_->close();
  }

  http_event_buffer& buffer() const { return *from_; }

  http_fields headers;

private:
  std::shared_ptr<http_event_buffer> from_;
};

} // namespace fedhub
