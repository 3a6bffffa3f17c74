// The listeners of an HTTP server, which may change while it runs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "metrics/http/http_listener.hpp"

namespace fedhub {

/// Thread safety: any thread may call `replace`; all else belongs to the server's thread.
class http_doors {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct door {
    size_t place;
    http_listener listener;
    time_point end = time_point::max(); ///< it is closed then.
  };

  explicit http_doors(std::vector<http_listener> listeners);

  /// See `http_server::replace`. Takes effect with the next `change`.
  void replace(size_t place, std::optional<http_listener> fresh, bool close);

  /// Does all that `replace` was told, and closes the listeners whose time is over.
  void change(time_point now);
  /// Returns when the next listener has to be closed.
  time_point next_end() const;
  const std::vector<door>& all() const { return all_; }

private:
  struct order {
    size_t place;
    std::optional<http_listener> fresh;
    bool close;
  };

  void carry_out(order what, time_point now);

  std::vector<door> all_;
  std::atomic<bool> ordered_ = false;
  std::mutex mutex_;
  std::vector<order> orders_; ///< guarded by `mutex_`.
};

} // namespace fedhub
