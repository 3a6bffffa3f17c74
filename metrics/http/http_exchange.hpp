// One request in libmicrohttpd, and its response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <microhttpd.h>

#include "metrics/http/http_message.hpp"
#include "metrics/http/http_reply_queue.hpp"
#include "metrics/http/http_service.hpp"

namespace fedhub {

/// Collects a request in the library's order (head, parts of the body, end), and passes the
/// response to the library. Each function for a callback returns the callback's result.
class http_exchange {
public:
  /// @param service outlives the exchange.
  /// @param request what is known before its headers.
  /// @param client the number for `http_service::admit_stream`.
  /// @param last the response ends the connection. Otherwise the library decides, by the request
  /// (RFC 9112 §9.3).
  http_exchange(const http_service& service, http_request request, uint64_t client, bool last);
  http_exchange(const http_exchange&) = delete;
  http_exchange& operator=(const http_exchange&) = delete;
  ~http_exchange(); ///< discards a reply that is yet to come.

  /// Reads the head.
  MHD_Result begin(MHD_Connection* connection);

  /// Adds a part of the body.
  MHD_Result take(std::string_view part);

  /// Calls the handler and sends its response. If there is none yet, the next call suspends the
  /// connection, and the library calls again after `answer`.
  MHD_Result end(MHD_Connection* connection);

  /// Returns the number of the request in the reply queue, once the handler was called.
  std::optional<uint64_t> request() const { return number_; }

  /// Returns whether the response is yet to come.
  bool waits() const { return number_ && !reply_; }

  uint64_t client() const { return client_; }

  /// Takes the reply that the exchange waits for. The library sends it when it runs.
  void answer(http_reply reply);

  /// Returns the events that are the response; null if it is another one.
  http_event_buffer* events() const { return stream_ ? &stream_->buffer() : nullptr; }

  /// Continues an event stream that waits, if it has something to send. @returns whether it has.
  bool continue_stream();

private:
  void call_handler();
  MHD_Result send(MHD_Connection* connection, http_reply&& reply);
  MHD_Result begin_stream(MHD_Connection* connection, http_stream_source&& source);
  /// Gives events to the library.
  ssize_t read_events(char* to, size_t room);
  MHD_Result refuse(MHD_Connection* connection, unsigned status, const char* why);

  const http_service& service_;
  http_request request_; ///< moved to the handler when it is complete.
  const uint64_t client_;
  bool last_;
  bool too_large_ = false;         ///< the body has exceeded its limit.
  bool gzip_ = false;              ///< the client accepts it.
  std::optional<uint64_t> number_; ///< in the reply queue.
  std::optional<http_reply> reply_;
  std::optional<http_stream_source> stream_; ///< the reply, if it is one.
  MHD_Connection* streaming_ = nullptr;      ///< the connection of `stream_`.
  MHD_Connection* suspended_ = nullptr;      ///< the connection while it is suspended.
};

} // namespace fedhub
