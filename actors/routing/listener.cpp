#include "actors/routing/spawn_listener.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/spawn_connection.hpp"
#include "actors/history/history_queue.hpp"
#include "actors/hub/hub.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/refused_peers.hpp"
#include "actors/runtime/network_loop.hpp"
#include "metrics/gauge_share.hpp"
#include "metrics/hub_metrics.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// The most connections accepted in one turn.
constexpr int accepts_per_turn = 64;
/// The delay before the next attempt when the process has no free descriptor.
constexpr std::chrono::milliseconds retry_time{200};

struct listener_state {
  static inline const char* name = "fedhub.listener";

  explicit listener_state(listener_actor::pointer self) : self(self) {}
  ~listener_state() { close(); }

  void start(hub_ptr its_hub, unique_fd socket, listener_kind what) {
    hub = std::move(its_hub);
    fd = std::move(socket);
    kind = what;
    refused = refused_peers{what};
    share = gauge_share{hub->metrics.actors.at(actor_kind::listener), 1};
    watching = hub->loop.add(fd.get(), ready_sink_actor{listener_actor{self}}, interest::reading);
  }

  void close() {
    if (!fd)
      return;
    hub->loop.remove(watching);
    fd.reset();
  }

  void on_ready() {
    if (!fd)
      return;
    watching->take();
    for (int i = 0; i < accepts_per_turn; ++i) {
      sockaddr_storage from{};
      socklen_t size = sizeof(from);
      unique_fd peer{::accept4(fd.get(), reinterpret_cast<sockaddr*>(&from), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!peer) {
        if (would_block(errno))
          return;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          peer_log{log_module::hub, "connections not taken", {log_standing::stranger, {}}}.log(
            spdlog::level::err, "cannot accept a connection: {}",
            fact::reason(std::generic_category().message(errno)));
          self->delayed_send(self, retry_time, tick_atom_v);
          return;
        }
        continue; // the error concerns this one connection, which is gone already
      }
      admit(std::move(peer), socket_address{reinterpret_cast<sockaddr*>(&from), size});
    }
    self->send(self, ready_atom_v, fd.get());
  }

  void admit(unique_fd peer, const socket_address& from) {
    const auto now = self->home_system().clock().now();
    auto ticket = hub->admission.enter(from, kind, now);
    if (!ticket) {
      peer_log{log_module::hub, "refused connections", {log_standing::stranger, log_peer(from)}}
        .warn("connection from {} refused: too many ({})", fact::address(from),
              fact::limit(ticket.error()));
      record_refusal(from, ticket.error());
      refused.refuse(std::move(peer), ticket.error(), now);
      return watch_refused();
    }
    connection_seed seed;
    seed.fd = std::move(peer);
    seed.peer = from;
    seed.leg = leg();
    seed.direct_tls = kind == listener_kind::s2s_direct_tls;
    seed.ticket = std::move(*ticket);
    spawn_connection(self->home_system(), hub, std::move(seed));
  }

  stream_leg leg() const {
    return kind == listener_kind::nodes ? stream_leg::node_component : stream_leg::s2s_in;
  }

  void record_refusal(const socket_address& from, connection_limit limit) {
    history_event event{.kind = admin::event_kind::refusal, .leg = leg(), .actor = from.str()};
    event.detail = "connection refused: too many (" + std::string{to_string(limit)} + ")";
    hub->history.record(std::move(event));
  }

  /// Schedules a tick that closes the sockets of refused peers.
  void watch_refused() {
    if (refused.sockets() > 0 && !std::exchange(refused_watched, true))
      self->delayed_send(self, refused_peers::patience, tick_atom_v);
  }

  void on_tick() {
    refused_watched = false;
    refused.close_old(self->home_system().clock().now());
    watch_refused();
    on_ready();
  }

  listener_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  unique_fd fd;
  watch_ptr watching;
  listener_kind kind = listener_kind::s2s;
  gauge_share share;
  refused_peers refused{listener_kind::s2s};
  bool refused_watched = false; ///< that tick is scheduled.
};

listener_actor::behavior_type listener(listener_actor::stateful_pointer<listener_state> self,
                                       hub_ptr hub, const std::shared_ptr<unique_fd>& socket,
                                       listener_kind kind) {
  self->state.start(std::move(hub), std::move(*socket), kind);
  return {
    [=](ready_atom, int) { self->state.on_ready(); },
    [=](tick_atom) { self->state.on_tick(); },
    [=](close_atom) {
      self->state.close();
      self->quit();
    },
  };
}

} // namespace

listener_actor spawn_listener(caf::actor_system& system, hub_ptr hub, unique_fd socket,
                              listener_kind kind) {
  return system.spawn(listener, std::move(hub), std::make_shared<unique_fd>(std::move(socket)),
                      kind);
}

} // namespace fedhub
