// Every socket on which the hub listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "actors/dns/dns_view_sockets.hpp"
#include "actors/net/inherited_sockets.hpp"
#include "conf/schema/schema.hpp"
#include "metrics/http/http_listener.hpp"
#include "metrics/labels.hpp"

namespace fedhub {

/// A listener that is bound.
struct bound_listener {
  std::string key; ///< "s2s", "nodes", "metrics".
  std::string address;
  uint16_t port = 0;

  std::string str() const { return address + ":" + std::to_string(port); }
};

/// The sockets of `[listen]` and `[admin]`, before anything is accepted from them. Use at start, in
/// one thread.
struct listening_sockets {
  struct stream_listener {
    unique_fd fd;
    listener_kind kind;
  };

  std::vector<stream_listener> streams;
  std::vector<dns_view_sockets> dns;
  std::optional<http_listener> metrics;
  /// Of the API; otherwise why there is none. Federation does not depend on it.
  tl::expected<http_listener, std::string> management = tl::unexpected(std::string{});
  std::vector<bound_listener> bound; ///< all but that of the API, in the order of `[listen]`.
  /// Passed sockets that no key names, as `inherited_sockets::close_unclaimed` returns them.
  std::vector<std::string> unused;

  /// Takes each configured address from the inherited sockets, else binds it. Closes inherited
  /// sockets that are not configured.
  /// @returns the sockets, or an error that names the key and the address.
  static tl::expected<listening_sockets, std::string> open(const conf::config& config,
                                                           inherited_sockets inherited);
};

} // namespace fedhub
