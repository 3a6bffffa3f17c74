#include "metrics/http/http_listener.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// Returns e.g. "bind 127.0.0.1:9527: Address already in use", from `errno`.
tl::unexpected<std::string> failed(const char* call, const std::string& place) {
  const auto reason = std::generic_category().message(errno);
  return tl::unexpected(std::string{call} + ' ' + place + ": " + reason);
}

/// Returns whether the file is a socket whose listener has ended.
bool is_left_over(const sockaddr_un& address) {
  const unique_fd probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
         && errno == ECONNREFUSED;
}

} // namespace

tl::expected<http_listener, std::string> http_listener::tcp(const std::string& address,
                                                            uint16_t port) {
  const auto at = socket_address::parse(address, port);
  if (!at)
    return tl::unexpected("not an IP address: " + address);
  auto fd = listen_tcp(*at);
  if (!fd)
    return failed("bind", at->str());
  const uint16_t bound = local_address(fd.get()).port();
  return http_listener{std::move(fd), bound, {}};
}

tl::expected<http_listener, std::string> http_listener::local(const std::string& path,
                                                              mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return tl::unexpected("not the path of a Unix socket: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  unique_fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd)
    return failed("socket", path);
  // `bind` copies the mode from the socket, so the file has it from the first moment.
  if (fchmod(fd.get(), mode) != 0)
    return failed("fchmod", path);
  struct stat file;
  if (lstat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode) && is_left_over(address))
    unlink(path.c_str());
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed("bind", path);
  http_listener bound{std::move(fd), 0, path};
  if (lstat(path.c_str(), &file) == 0)
    bound.inode_ = file.st_ino;
  if (listen(bound.fd(), SOMAXCONN) != 0)
    return failed("listen", path);
  return bound;
}

http_listener http_listener::inherited(unique_fd socket) {
  const auto at = local_address(socket.get());
  const bool is_local = at.family() != AF_INET && at.family() != AF_INET6;
  return {std::move(socket), is_local ? uint16_t{0} : at.port(), {}};
}

http_listener::~http_listener() {
  struct stat file;
  if (!path_.empty() && lstat(path_.c_str(), &file) == 0 && file.st_ino == inode_)
    unlink(path_.c_str());
}

} // namespace fedhub
