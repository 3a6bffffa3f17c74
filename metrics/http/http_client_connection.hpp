// One connection of a client to the exporter.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace fedhub {

class http_responder;

/// Reads one request's head, writes the response, then waits for the client to close, lest unread
/// input turns the close into a reset that takes the response away. Never blocks.
class http_client_connection {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param fd a non-blocking socket, owned from here on.
  /// @param deadline after which the connection is to be closed, whatever its state.
  http_client_connection(int fd, time_point deadline);
  http_client_connection(http_client_connection&& x) noexcept;
  http_client_connection& operator=(http_client_connection&& x) noexcept;
  ~http_client_connection();

  int fd() const { return fd_; }
  time_point deadline() const { return deadline_; }

  /// The `poll` events that the connection waits for.
  short interest() const;

  /// Goes on as far as the socket lets it.
  /// @returns false if the connection is done with and should be closed.
  bool proceed(http_responder& responder, size_t request_limit);

private:
  enum class phase { request, response, end };

  bool read_request(http_responder& responder, size_t request_limit);
  bool write_response();
  bool await_end();

  int fd_;
  phase phase_ = phase::request;
  time_point deadline_;
  std::string input_;
  std::string output_;
  size_t written_ = 0;
};

} // namespace fedhub
