#include "metrics/http/http_listener.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace fedhub {

namespace {

union ip_socket_address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// Returns the size of the address; 0 if the text is no address.
socklen_t parse_address(const std::string& text, uint16_t port, ip_socket_address& to) {
  to = {};
  if (inet_pton(AF_INET, text.c_str(), &to.v4.sin_addr) == 1) {
    to.v4.sin_family = AF_INET;
    to.v4.sin_port = htons(port);
    return sizeof to.v4;
  }
  to = {};
  if (inet_pton(AF_INET6, text.c_str(), &to.v6.sin6_addr) == 1) {
    to.v6.sin6_family = AF_INET6;
    to.v6.sin6_port = htons(port);
    return sizeof to.v6;
  }
  return 0;
}

std::string show(const std::string& address, uint16_t port) {
  const bool v6 = address.find(':') != address.npos;
  return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

/// Returns e.g. "bind 127.0.0.1:9527: Address already in use", from `errno`.
tl::unexpected<std::string> failure(const char* call, const std::string& place) {
  const auto reason = std::generic_category().message(errno);
  return tl::unexpected(std::string{call} + ' ' + place + ": " + reason);
}

/// Returns whether the file is a socket whose listener has ended.
bool is_left_over(const sockaddr_un& address) {
  const descriptor probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
         && errno == ECONNREFUSED;
}

uint16_t bound_port(int fd) {
  ip_socket_address address{};
  socklen_t size = sizeof address;
  getsockname(fd, &address.any, &size);
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

} // namespace

tl::expected<http_listener, std::string> http_listener::tcp(const std::string& address,
                                                            uint16_t port) {
  ip_socket_address parsed;
  const socklen_t size = parse_address(address, port, parsed);
  if (size == 0)
    return tl::unexpected("not an IP address: " + address);
  const auto failed = [&](const char* call) { return failure(call, show(address, port)); };
  descriptor fd{socket(parsed.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd)
    return failed("socket");
  const int on = 1, off = 0;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (parsed.any.sa_family == AF_INET6)
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd.get(), &parsed.any, size) != 0)
    return failed("bind");
  if (listen(fd.get(), SOMAXCONN) != 0)
    return failed("listen");
  const uint16_t bound = bound_port(fd.get());
  return http_listener{std::move(fd), bound, {}};
}

tl::expected<http_listener, std::string> http_listener::local(const std::string& path,
                                                              mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return tl::unexpected("not the path of a Unix socket: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  descriptor fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd)
    return failure("socket", path);
  // `bind` copies the mode from the socket, so the file has it from the first moment.
  if (fchmod(fd.get(), mode) != 0)
    return failure("fchmod", path);
  struct stat file;
  if (lstat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode) && is_left_over(address))
    unlink(path.c_str());
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failure("bind", path);
  http_listener bound{std::move(fd), 0, path};
  if (listen(bound.fd(), SOMAXCONN) != 0)
    return failure("listen", path);
  return bound;
}

http_listener::~http_listener() {
  if (!path_.empty())
    unlink(path_.c_str());
}

} // namespace fedhub
