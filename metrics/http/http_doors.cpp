#include "metrics/http/http_doors.hpp"

#include <algorithm>
#include <utility>

#include "metrics/http/http_server.hpp"
#include "metrics/sockets/listening_socket.hpp"

namespace fedhub {

http_doors::http_doors(std::vector<http_listener> listeners) {
  for (size_t place = 0; place < listeners.size(); ++place)
    all_.push_back({place, std::move(listeners[place])});
}

void http_doors::replace(size_t place, std::optional<http_listener> fresh, bool close) {
  const std::lock_guard lock{mutex_};
  orders_.push_back({place, std::move(fresh), close});
  ordered_ = true;
}

void http_doors::change(time_point now) {
  if (ordered_.exchange(false)) {
    std::vector<order> orders;
    {
      const std::lock_guard lock{mutex_};
      orders.swap(orders_);
    }
    for (auto& what : orders)
      carry_out(std::move(what), now);
  }
  std::erase_if(all_, [now](const door& at) { return at.end <= now; });
}

void http_doors::carry_out(order what, time_point now) {
  const auto former = std::ranges::find_if(
    all_, [&](const door& at) { return at.place == what.place && at.end == time_point::max(); });
  if (former != all_.end()) {
    former->end = now;
    if (what.close) {
      former->listener.remove_file();
      if (former->listener.port() != 0) {
        share_address(former->listener.fd(), true);
        ignore_new_connections(former->listener.fd());
      }
      former->end += http_server::listener_farewell;
    }
  }
  if (what.fresh)
    all_.push_back({what.place, std::move(*what.fresh)});
}

http_doors::time_point http_doors::next_end() const {
  auto result = time_point::max();
  for (const auto& at : all_)
    result = std::min(result, at.end);
  return result;
}

} // namespace fedhub
