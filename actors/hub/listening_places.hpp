// Where the hub listens, for its ready line and for operators.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fedhub {

/// A listener that is bound.
struct bound_listener {
  std::string key; ///< "s2s", "nodes", "metrics".
  std::string address;
  uint16_t port = 0;

  std::string str() const { return address + ":" + std::to_string(port); }

  friend bool operator==(const bound_listener&, const bound_listener&) = default;
};

struct listening_places {
  std::vector<bound_listener> bound; ///< in the order of `[listen]`.
  std::string management;            ///< the path of the API's socket; empty: there is none.

  /// Returns `KEY=ADDRESS` for each of `bound`.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& listener : bound)
      all.push_back(listener.key + "=" + listener.str());
    return all;
  }
};

/// The places at which the hub listens now. Any thread may make any call.
class listening_board {
public:
  /// Returns the places; none until the hub listens.
  listening_places places() const {
    const auto now = places_.load();
    return now ? *now : listening_places{};
  }
  void replace(listening_places next) {
    places_.store(std::make_shared<const listening_places>(std::move(next)));
  }

private:
  std::atomic<std::shared_ptr<const listening_places>> places_;
};
using listening_board_ptr = std::shared_ptr<listening_board>;

} // namespace fedhub
