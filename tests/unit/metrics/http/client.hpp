// A client of an HTTP server on this machine.
#pragma once

#include <chrono>
#include <string>

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
  client(client&& x) noexcept : fd_{x.fd_}, connected_{x.connected_} { x.fd_ = -1; }
  ~client() {
    if (fd_ >= 0)
      close(fd_);
  }

  bool connected() const { return connected_; }
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
  /// Returns all octets until the other end closes.
  std::string hears(std::chrono::milliseconds patience = 20s) const {
    std::string text;
    const auto limit = std::chrono::steady_clock::now() + patience;
    for (;;) {
      pollfd x{fd_, POLLIN, 0};
      const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
      if (left <= 0ms || poll(&x, 1, static_cast<int>(left.count())) <= 0) {
        ADD_FAILURE() << "still open, after: " << text;
        return text;
      }
      char chunk[4096];
      const ssize_t n = recv(fd_, chunk, sizeof chunk, 0);
      // A reset may discard octets that were not read yet.
      EXPECT_TRUE(n >= 0 || text.empty()) << "a reset behind: " << text;
      if (n <= 0)
        return text;
      text.append(chunk, static_cast<size_t>(n));
    }
  }

private:
  int fd_;
  bool connected_ = false;
};

} // namespace fedhub
