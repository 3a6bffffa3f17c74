#include "bench/load/acceptor.hpp"

#include <cerrno>
#include <system_error>

namespace fedhub::load {

tl::expected<std::unique_ptr<acceptor>, std::string>
acceptor::listen(event_loop& loop, const address& at, taker take) {
  const sockaddr_in local = at.socket_address();
  unique_fd fd =
    listen_tcp(socket_address{reinterpret_cast<const sockaddr*>(&local), sizeof local}, 16384);
  if (!fd)
    return tl::unexpected("cannot listen at " + at.str() + ": "
                          + std::generic_category().message(errno));
  std::unique_ptr<acceptor> result{new acceptor{std::move(fd), std::move(take)}};
  loop.add(result->fd_.get(), EPOLLIN, *result);
  return result;
}

void acceptor::on_events(uint32_t) {
  while (true) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    unique_fd fd{::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&from), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd)
      return;
    take_(std::move(fd), from);
  }
}

} // namespace fedhub::load
