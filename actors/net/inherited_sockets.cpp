#include "actors/net/inherited_sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace fedhub {

namespace {

constexpr int first_descriptor = 3; // SD_LISTEN_FDS_START
/// A larger count is taken for an error, and ignored.
constexpr int max_descriptors = 1024;

// NOLINTBEGIN(concurrency-mt-unsafe): at start, while nobody else uses the environment.

int number_of(const char* variable) {
  const char* text = std::getenv(variable);
  int result = -1;
  if (text != nullptr)
    std::from_chars(text, text + std::strlen(text), result);
  return result;
}

int option_of(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// Returns whether the socket has this type and, if it is a stream socket, listens. A unit with
/// `Accept=yes` passes a connection instead.
bool is_usable(int fd, int type) {
  return option_of(fd, SO_TYPE) == type
         && (type != SOCK_STREAM || option_of(fd, SO_ACCEPTCONN) == 1);
}

/// Returns the path of a Unix socket, "@" and the name of an abstract one; empty if it is neither.
std::string local_path(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0
      || address.sun_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path))
    return {};
  const auto octets = size - offsetof(sockaddr_un, sun_path);
  if (address.sun_path[0] == '\0')
    return "@" + std::string{address.sun_path + 1, octets - 1};
  return {address.sun_path, ::strnlen(address.sun_path, octets)};
}

bool kernel_has_ipv6() {
  const unique_fd probe{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return probe || errno != EAFNOSUPPORT;
}

} // namespace

inherited_sockets inherited_sockets::take() {
  inherited_sockets result;
  const int count = number_of("LISTEN_FDS");
  if (number_of("LISTEN_PID") == ::getpid() && count > 0 && count <= max_descriptors) {
    const char* text = std::getenv("LISTEN_FDNAMES");
    std::string_view names{text != nullptr ? text : ""};
    for (int fd = first_descriptor; fd < first_descriptor + count; ++fd) {
      const auto name = names.substr(0, names.find(':'));
      names.remove_prefix(std::min(name.size() + 1, names.size()));
      if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) // fails if there is no such descriptor
        result.all_.push_back({std::string{name}, unique_fd{fd}});
    }
  }
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    ::unsetenv(variable);
  return result;
}

// NOLINTEND(concurrency-mt-unsafe)

unique_fd inherited_sockets::claim_tcp(const socket_address& at) {
  auto found = claim(SOCK_STREAM, at);
  if (found)
    inherit_listener(found.get());
  return found;
}

unique_fd inherited_sockets::claim_udp(const socket_address& at) { return claim(SOCK_DGRAM, at); }

unique_fd inherited_sockets::claim(int type, const socket_address& at) {
  if (at.port() == 0)
    return {};
  const auto found = std::ranges::find_if(all_, [&](const socket& candidate) {
    return is_usable(candidate.fd.get(), type) && local_address(candidate.fd.get()) == at;
  });
  if (found != all_.end())
    return remove(found);
  const auto any_ipv4 = *socket_address::parse("0.0.0.0", at.port());
  if (at == *socket_address::parse("::", at.port()) && !kernel_has_ipv6())
    return claim(type, any_ipv4);
  return {};
}

unique_fd inherited_sockets::claim_local(const std::filesystem::path& at) {
  const auto found = std::ranges::find_if(all_, [&](const socket& candidate) {
    const int fd = candidate.fd.get();
    return is_usable(fd, SOCK_STREAM)
           && std::filesystem::path{local_path(fd)}.lexically_normal() == at.lexically_normal();
  });
  return found != all_.end() ? remove(found) : unique_fd{};
}

unique_fd inherited_sockets::remove(std::vector<socket>::iterator at) {
  auto result = std::move(at->fd);
  all_.erase(at);
  ::fcntl(result.get(), F_SETFL, ::fcntl(result.get(), F_GETFL) | O_NONBLOCK);
  return result;
}

std::string inherited_sockets::socket::str() const {
  const auto path = local_path(fd.get());
  return name + (name.empty() ? "" : " ") + (path.empty() ? local_address(fd.get()).str() : path);
}

std::string inherited_sockets::unclaimed_at(uint16_t port) const {
  for (const auto& left : all_)
    if (local_address(left.fd.get()).port() == port)
      return left.str();
  return {};
}

std::vector<std::string> inherited_sockets::close_unclaimed() {
  std::vector<std::string> result;
  for (const auto& left : all_)
    result.push_back(left.str());
  all_.clear();
  return result;
}

} // namespace fedhub
