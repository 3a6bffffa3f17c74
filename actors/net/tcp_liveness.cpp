#include "actors/net/tcp_liveness.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>

namespace fedhub {

namespace {

/// The kernel's largest TCP_KEEPIDLE and TCP_KEEPINTVL (MAX_TCP_KEEPIDLE in linux/tcp.h).
constexpr int64_t most_seconds = 32767;
constexpr int64_t probes = 3;

bool set(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

int seconds(int64_t x) { return static_cast<int>(std::clamp<int64_t>(x, 1, most_seconds)); }

} // namespace

tcp_liveness liveness_of(std::chrono::seconds keepalive, std::chrono::seconds acknowledge,
                         bool stalled) {
  const auto patience = stalled ? keepalive + acknowledge : acknowledge;
  return {.idle_s = seconds(keepalive.count()),
          .interval_s = seconds(acknowledge.count() / probes),
          .probes = static_cast<int>(probes),
          .unacknowledged_ms = static_cast<int>(
            std::chrono::duration_cast<std::chrono::milliseconds>(patience).count())};
}

bool set_liveness(int fd, const tcp_liveness& liveness) {
  return set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, liveness.unacknowledged_ms)
         && set(fd, IPPROTO_TCP, TCP_KEEPIDLE, liveness.idle_s)
         && set(fd, IPPROTO_TCP, TCP_KEEPINTVL, liveness.interval_s)
         && set(fd, IPPROTO_TCP, TCP_KEEPCNT, liveness.probes)
         && set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

} // namespace fedhub
