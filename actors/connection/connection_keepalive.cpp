// The connection actor: signs of life on streams without stream management.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/net/tcp_liveness.hpp"
#include "actors/rules/open_pings.hpp"

namespace fedhub {

bool connection_state::watch_over() {
  auto& timeouts = settings_->config.timeouts;
  return transport_
         && set_liveness(transport_->fd(),
                         liveness_of(timeouts.keepalive, timeouts.acknowledge, writing_.patient));
}

void connection_state::make_ping(domain_pair pair) {
  auto& timeouts = settings_->config.timeouts;
  if (!ping_)
    ping_ =
      std::make_unique<stream_ping>(std::move(pair), timeouts.keepalive, timeouts.acknowledge);
}

bool connection_state::pings() const {
  // Components need not answer pings; one is pinged only when another connection claims its node. A
  // ping is a stanza: between a request for stream management and its answer the peer would count
  // it, and the hub would not.
  return ping_ && facts_.leg != stream_leg::node_component
         && (!management_ || management_->state() == stream_management::phase::off);
}

time_point connection_state::keepalive_due() const {
  auto result = time_point::max();
  if (outbox_->empty())
    result = times_.quiet_due(settings_->config.timeouts.keepalive);
  // With output queued no ping is needed: either it is written, or the peer has stalled.
  if (pings() && (outbox_->empty() || ping_->waiting(heard())))
    result = std::min(result, ping_->next_deadline(heard()));
  if (facts_.leg == stream_leg::node_component && ping_ && ping_->waiting(heard()))
    result = std::min(result, ping_->next_deadline(heard()));
  return result;
}

void connection_state::keep_alive(time_point t) {
  auto& timeouts = settings_->config.timeouts;
  if (facts_.leg == stream_leg::node_component)
    judge_component(t);
  if (pings()) {
    switch (ping_->on_time(heard(), t)) {
    case stream_ping::verdict::dead:
      return fail(stream_error::connection_timeout, failure::acknowledge_timeout,
                  "no answer to a ping within " + std::to_string(timeouts.acknowledge.count())
                    + " s");
    case stream_ping::verdict::ask:
      if (!outbox_->empty())
        break;
      stream_log("pings").debug("{} pings the peer", label());
      outbox_->push(ping_->request(t)); // no payload: does not keep an idle stream open
      return hub_->pings.open(ping_->id(), ping_->pair(), connection_actor{self_});
    case stream_ping::verdict::wait:
      break;
    }
  }
  if (outbox_->empty() && t >= times_.quiet_due(timeouts.keepalive))
    outbox_->push(std::string(" "));
}

/// Takes the answer to this connection's own ping. It is not passed on and not in the account.
/// Stream management counts it, since the peer counts it like any stanza.
bool connection_state::take_pong(std::string_view text, const domain_pair& pair) {
  auto& tag = reading_.scanner->tag();
  if (!tag.id || !tag.type || !ping_->takes(tag.type.of(text), tag.id.of(text), pair))
    return false;
  if (management_)
    management_->handled(1, now());
  if (!ping_->answer_due())
    forget_ping();
  stream_log("pings").debug("{} the peer answered a ping", label());
  return true;
}

bool connection_state::pass_on_pong(std::string_view text, const domain_pair& pair) {
  auto& tag = reading_.scanner->tag();
  if (!tag.id || !tag.type || (tag.type.of(text) != "result" && tag.type.of(text) != "error"))
    return false;
  auto asker = hub_->pings.asker(tag.id.of(text), pair.from, pair.to);
  if (!asker)
    return false;
  if (management_)
    management_->handled(1, now());
  self_->send(asker, pong_atom_v);
  return true;
}

void connection_state::on_pong() {
  if (!ping_ || !ending_.open())
    return;
  ping_->answered(now());
  if (!ping_->answer_due())
    forget_ping();
  stream_log("pings").debug("{} the peer answered a ping on another stream", label());
  schedule();
}

void connection_state::forget_ping() {
  if (ping_ && !ping_->id().empty())
    hub_->pings.close(ping_->id());
}

} // namespace fedhub
