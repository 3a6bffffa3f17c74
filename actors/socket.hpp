// File descriptors and socket addresses.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

/// An open file descriptor; closed on destruction.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& x) noexcept : fd_(x.release()) {}
  unique_fd& operator=(unique_fd&& x) noexcept {
    if (this != &x)
      reset(x.release());
    return *this;
  }
  ~unique_fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

private:
  int fd_ = -1;
};

/// An IPv4 or IPv6 address with a port.
class socket_address {
public:
  socket_address() = default;
  socket_address(const sockaddr* addr, socklen_t size);

  /// @param ip an IPv4 or IPv6 literal without brackets.
  static std::optional<socket_address> parse(std::string_view ip, uint16_t port);

  const sockaddr* data() const { return &storage_.any; }
  socklen_t size() const { return size_; }
  int family() const { return storage_.any.sa_family; }
  uint16_t port() const;
  void port(uint16_t x);

  /// The address alone, no brackets; IPv4-mapped IPv6 in its IPv4 form.
  std::string ip() const;
  /// "192.0.2.7:5269" or "[2001:db8::7]:5269".
  std::string str() const;

  /// Not globally reachable by IANA's registries of special-purpose addresses (see
  /// `is_globally_reachable`), nor of another family: nothing that public DNS may lead the hub to.
  bool is_private() const;

  friend bool operator==(const socket_address& x, const socket_address& y);

private:
  /// Nothing larger comes from a socket of TCP, and `sockaddr_storage` is four times as large.
  union {
    sockaddr_in6 v6{};
    sockaddr_in v4;
    sockaddr any;
  } storage_;
  socklen_t size_ = 0;
};

/// A listening TCP socket, non-blocking, `SO_REUSEADDR`, on IPv6 dual-stack if the address is `::`.
/// What it accepts has TCP_NODELAY and SO_KEEPALIVE from it.
/// @returns an invalid descriptor with errno set on failure.
unique_fd listen_tcp(const socket_address& at, int backlog = 4096);

/// Starts to connect, non-blocking, with TCP_NODELAY. @returns an invalid descriptor with errno set
/// on failure.
unique_fd connect_tcp(const socket_address& to);

/// The error of a socket (`SO_ERROR`) as errno value; 0 if none.
int socket_error(int fd);

socket_address local_address(int fd);

/// Whether an interface of this machine has an IPv6 address that is neither loopback nor
/// link-local, as for AI_ADDRCONFIG (RFC 3493 §6.1). True if it can't be told.
bool has_ipv6();

} // namespace fedhub
