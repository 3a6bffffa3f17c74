// A client of an HTTP server on this machine.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace fedhub {

using namespace std::chrono_literals;

/// A client's socket, connected to a port of 127.0.0.1 or to a Unix socket.
class client {
public:
  explicit client(uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  /// Connects to a Unix socket.
  explicit client(const std::string& path) : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  client(client&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, connected_{other.connected_}, heard_{
                                                                         std::move(other.heard_)} {}
  ~client() {
    if (fd_ >= 0)
      close(fd_);
  }

  bool connected() const { return connected_; }
  /// Returns this end's TCP port, in network order.
  in_port_t local_port() const {
    sockaddr_in local{};
    socklen_t size = sizeof local;
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&local), &size), 0);
    return local.sin_port;
  }
  client& says(const std::string& text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    return *this;
  }
  /// Sends the text and ends this side, in one segment.
  client& says_at_last(const std::string& text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_MORE),
              static_cast<ssize_t>(text.size()));
    shutdown(fd_, SHUT_WR);
    return *this;
  }
  /// Ends this side.
  void ends() { shutdown(fd_, SHUT_WR); }
  /// Returns whether the other end has closed its socket. Sends an octet to find out.
  bool is_refused() const { return send(fd_, "x", 1, MSG_NOSIGNAL) < 0; }
  /// Closes the connection, by a reset if it is TCP.
  void resets() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(std::exchange(fd_, -1));
  }
  /// Returns all octets until the other end closes.
  std::string hears(std::chrono::milliseconds patience = 20s) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (receive(limit)) {
    }
    return std::exchange(heard_, {});
  }
  /// Returns one response with a `Content-Length`, or what came of it until the other end closed.
  std::string hears_response(std::chrono::milliseconds patience = 20s) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (heard_.find("\r\n\r\n") == heard_.npos)
      if (!receive(limit))
        return std::exchange(heard_, {});
    const std::string field = "\r\nContent-Length: ";
    const size_t at = heard_.find(field), head = heard_.find("\r\n\r\n") + 4;
    const size_t size = head + (at < head ? std::stoul(heard_.substr(at + field.size())) : 0);
    while (heard_.size() < size && receive(limit)) {
    }
    auto response = heard_.substr(0, size);
    heard_.erase(0, size);
    return response;
  }
  /// Returns the octets up to this text, or what came until the other end closed.
  std::string hears_until(const std::string& text, std::chrono::milliseconds patience = 20s) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (heard_.find(text) == heard_.npos)
      if (!receive(limit))
        return std::exchange(heard_, {});
    const size_t size = heard_.find(text) + text.size();
    auto part = heard_.substr(0, size);
    heard_.erase(0, size);
    return part;
  }

private:
  /// Waits for octets and adds them to `heard_`. @returns false at the end.
  bool receive(std::chrono::steady_clock::time_point limit) {
    pollfd input{fd_, POLLIN, 0};
    const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
    if (left <= 0ms || poll(&input, 1, static_cast<int>(left.count())) <= 0) {
      ADD_FAILURE() << "still open, after: " << heard_;
      return false;
    }
    char chunk[4096];
    const ssize_t size = recv(fd_, chunk, sizeof chunk, 0);
    // A reset may discard octets that were not read yet.
    EXPECT_TRUE(size >= 0 || heard_.empty()) << "a reset behind: " << heard_;
    if (size <= 0)
      return false;
    heard_.append(chunk, static_cast<size_t>(size));
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::string heard_; ///< received, and not returned yet.
};

} // namespace fedhub
