#include "metrics/http/http_client_connection.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics/http/http_responder.hpp"

namespace fedhub {

namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr const char* too_large = "HTTP/1.1 431 Request Header Fields Too Large\r\n"
                                  "Connection: close\r\nContent-Length: 0\r\n\r\n";

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

} // namespace

http_client_connection::http_client_connection(int fd, time_point deadline)
  : fd_{fd}, deadline_{deadline} {}

http_client_connection::http_client_connection(http_client_connection&& x) noexcept
  : fd_{std::exchange(x.fd_, -1)}, phase_{x.phase_}, deadline_{x.deadline_},
    input_{std::move(x.input_)}, output_{std::move(x.output_)}, written_{x.written_} {}

http_client_connection& http_client_connection::operator=(http_client_connection&& x) noexcept {
  std::swap(fd_, x.fd_); // x closes what was here
  phase_ = x.phase_;
  deadline_ = x.deadline_;
  input_ = std::move(x.input_);
  output_ = std::move(x.output_);
  written_ = x.written_;
  return *this;
}

http_client_connection::~http_client_connection() {
  if (fd_ >= 0)
    close(fd_);
}

short http_client_connection::interest() const {
  return phase_ == phase::response ? POLLOUT : POLLIN;
}

bool http_client_connection::proceed(http_responder& responder, size_t request_limit) {
  switch (phase_) {
  case phase::request:
    return read_request(responder, request_limit);
  case phase::response:
    return write_response();
  case phase::end:
    return await_end();
  }
  return false;
}

bool http_client_connection::read_request(http_responder& responder, size_t request_limit) {
  char chunk[4096];
  const ssize_t n = recv(fd_, chunk, sizeof chunk, 0);
  if (n <= 0)
    return n < 0 && would_block();
  // The end may have begun in the octets before.
  const size_t from = input_.size() < head_end.size() ? 0 : input_.size() - head_end.size();
  input_.append(chunk, static_cast<size_t>(n));
  const size_t end = input_.find(head_end, from);
  if (end == input_.npos && input_.size() < request_limit)
    return true;
  if (end == input_.npos || end + head_end.size() > request_limit) {
    output_ = too_large;
  } else {
    input_.resize(end + head_end.size());
    output_ = responder.respond(input_);
  }
  phase_ = phase::response;
  return write_response();
}

bool http_client_connection::write_response() {
  const ssize_t n = send(fd_, output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
  if (n < 0)
    return would_block();
  written_ += static_cast<size_t>(n);
  if (written_ < output_.size())
    return true;
  shutdown(fd_, SHUT_WR);
  phase_ = phase::end;
  return true;
}

bool http_client_connection::await_end() {
  char chunk[4096];
  const ssize_t n = recv(fd_, chunk, sizeof chunk, 0);
  return n > 0 || (n < 0 && would_block());
}

} // namespace fedhub
