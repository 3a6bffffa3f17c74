// A listening socket.
#pragma once

#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "bench/load/address.hpp"
#include "bench/load/event_loop.hpp"

namespace fedhub::load {

/// Accepts every connection and passes it on, non-blocking, with its source address.
class acceptor final : public io_handler {
public:
  using taker = std::function<void(unique_fd, const sockaddr_in& from)>;

  /// Starts to listen. @param loop outlives the acceptor.
  static tl::expected<std::unique_ptr<acceptor>, std::string> listen(event_loop& loop,
                                                                     const address& at, taker take);

  void on_events(uint32_t events) override;

private:
  acceptor(unique_fd fd, taker take) : fd_(std::move(fd)), take_(std::move(take)) {}

  unique_fd fd_;
  taker take_;
};

} // namespace fedhub::load
