// Who answers the requests of an HTTP server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "metrics/http/http_message.hpp"
#include "metrics/http/http_reply_queue.hpp"
#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// What all requests of a server have in common. The functions are called in the server's thread.
struct http_service {
  http_async_handler handler;
  http_problem problem; ///< for refusals by the server itself.
  /// Returns whether a client may have an event stream, which it then has.
  std::function<bool(uint64_t client)> admit_stream;
  std::shared_ptr<http_reply_queue> replies;
  size_t head_octets; ///< of a request's head; a longer one is answered 431.
  size_t body_octets; ///< of a request's body; a longer one is answered 413.
};

} // namespace fedhub
