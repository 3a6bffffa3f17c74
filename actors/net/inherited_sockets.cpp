#include "actors/net/inherited_sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
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

int type_of(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ? type : -1;
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

unique_fd inherited_sockets::claim(std::string_view name, int type, const socket_address& at) {
  const auto found = std::ranges::find_if(all_, [&](const socket& socket) {
    auto own = local_address(socket.fd.get());
    if (at.port() == 0)
      own.port(0);
    return socket.name == name && type_of(socket.fd.get()) == type && own == at;
  });
  if (found == all_.end())
    return {};
  auto result = std::move(found->fd);
  all_.erase(found);
  ::fcntl(result.get(), F_SETFL, ::fcntl(result.get(), F_GETFL) | O_NONBLOCK);
  return result;
}

std::vector<std::string> inherited_sockets::unclaimed() const {
  std::vector<std::string> result;
  for (const auto& x : all_)
    result.push_back(x.name + " " + local_address(x.fd.get()).str());
  return result;
}

} // namespace fedhub
