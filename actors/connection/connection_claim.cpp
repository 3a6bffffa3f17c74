// The connection actor: components that claim a node which has a link.
#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/connection_state.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/rules/node_claims.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

/// The delay of a refusal that is held. A component that retries at once then costs the hub almost
/// nothing and takes no other node's place on the listener.
constexpr std::chrono::seconds hold_time{1};

/// Returns a domain that the node's component answers for. If the node has patterns only, returns a
/// name below the first one.
domain_name domain_of(const conf::config& config, const std::string& node) {
  const auto row = std::ranges::find(config.nodes, node, &conf::node_config::name);
  if (row == config.nodes.end() || row->domains.empty())
    return {};
  const auto exact =
    std::ranges::find_if(row->domains, [](auto& domain) { return !domain.wildcard(); });
  if (exact != row->domains.end())
    return exact->base();
  return domain_name::parse("fedhub." + row->domains.front().base().str()).value_or(domain_name{});
}

} // namespace

bool connection_state::claims_node(const stream_actions& actions) {
  const auto found = std::ranges::find_if(
    actions, [](auto& x) { return std::holds_alternative<component_authenticated>(x); });
  if (found == actions.end())
    return true;
  const auto& node = role_.component()->node(std::get<component_authenticated>(*found).candidate);
  const auto from = peer_.ip();
  const auto ruling = hub_->claims.claim(node, id_, from, now());
  if (ruling.takes_over)
    hub_->metrics.takeovers.at(ruling.granted ? takeover_result::granted : takeover_result::refused)
      .Increment();
  if (ruling.fight_begins)
    hub_log("processes that share a node's secret")
      .warn(
        "node {}: connections from {} and {} replace each other again and again: two processes use "
        "the node's secret. Meanwhile, new connections are refused for up to {} s at a time",
        fact::node(node), ruling.rival, from, fact::timeout_s(takeover_guard::longest_refusal),
        fact::addresses(std::vector<std::string>{ruling.rival, from}));
  if (ruling.granted)
    return true;
  if (auto current = ruling.ask ? hub_->connections.find(ruling.current) : connection_actor{})
    self_->send(current, tick_atom_v);
  const link_end why{stream_error::conflict, failure::node_rejected,
                     "the node has another connection"};
  if (!ruling.hold) {
    fail(why.error, why.why, why.detail);
  } else {
    security_.layer.judge(); // nothing is read or written meanwhile
    self_->delayed_send(self_, hold_time, close_atom_v, std::make_shared<const link_end>(why));
  }
  return false;
}

void connection_state::end_claim() {
  if (facts_.leg != stream_leg::node_component)
    return;
  hub_->claims.gone(role_.peer_name(), id_);
  if (!security_.layer.judged())
    return;
  self_->send(self_, ready_atom_v, transport_->fd()); // for octets that came meanwhile
}

void connection_state::ask_component(time_point t) {
  if (facts_.leg != stream_leg::node_component || !ending_.open() || !facts_.authenticated
      || !hub_->claims.take_question(role_.peer_name(), id_))
    return;
  if (ping_ && ping_->waiting(heard()))
    return; // a ping is open; another one would give the component more time
  if (!ping_) {
    const auto domain = domain_of(hub_->current()->config, role_.peer_name());
    if (domain.empty())
      return; // not configured any more
    ping_ = std::make_unique<stream_ping>(
      domain_pair{domain, domain}, settings_->config.timeouts.keepalive, takeover_guard::patience);
  }
  // A component that does not know pings answers with an error (RFC 6120 §8.2.3).
  outbox_->push(ping_->request(t));
  write();
  schedule();
}

void connection_state::judge_component(time_point t) {
  if (!ping_ || !ping_->waiting(heard())
      || ping_->on_time(heard(), t) != stream_ping::verdict::dead)
    return;
  ping_->give_up(t);
  hub_->claims.unanswered(role_.peer_name(), id_);
}

} // namespace fedhub
