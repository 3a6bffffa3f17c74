#include "actors/routing/spawn_node.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/domain/node_absence.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/routing/answered_fences.hpp"
#include "actors/rules/routing_table.hpp"
#include "actors/stanzas/accounting.hpp"
#include "actors/stanzas/stanza_queue.hpp"
#include "metrics/gauge_share.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

struct node_state {
  static inline const char* name = "fedhub.node";
  explicit node_state(node_actor::pointer self) : self(self) {}

  void start(hub_ptr its_hub, std::string its_name, node_observer_actor its_observer) {
    hub = std::move(its_hub);
    node = std::move(its_name);
    observer = std::move(its_observer);
    auto& limits = hub->current()->config.limits;
    account = std::make_unique<queue_account>(static_cast<int64_t>(limits.queue_bytes_per_domain),
                                              static_cast<int64_t>(limits.queue_stanzas_per_domain),
                                              hub->account);
    queue = std::make_unique<stanza_queue>(*account);
    share = gauge_share{hub->metrics.actors.at(actor_kind::node), 1};
    hub->metrics.node_links.set(node, 0);
    absence.gone(now()); // a link may come at any moment
    schedule();
  }

  void on_deliver(stanza_batch& batch) {
    if (link && !draining && queue->empty())
      return self->send(link, deliver_atom_v, take_over(batch));
    end_wait();
    reply_batch replies{*self, *hub, key()};
    for (auto& stanza : batch.stanzas) {
      auto why = stopping && !stanza.generated ? stopping->why
                 : stopping || absence.away()  ? failure::node_unavailable
                                               : queue->push(stanza);
      if (why != failure::none)
        replies.reject(stanza, why, node);
    }
    batch.stanzas.clear();
    queue->condense(now());
    schedule();
  }

  stanza_batch_ptr take_over(stanza_batch& batch) {
    auto own = std::make_shared<stanza_batch>(hub->account);
    own->stanzas.swap(batch.stanzas);
    return own;
  }

  void on_link_up(const connection_actor& connection) {
    self->monitor(connection); // so that any end of the connection is noticed
    if (stopping) {
      self->send(connection, close_atom_v, stopping);
      next_link = connection;
      return;
    }
    if (link) {
      // The old link may be half-open, for example after a crash of the node's machine, so the new
      // connection replaces it.
      link_log().warn("node {}: a new connection replaces the old one", fact::node(node));
      // A connection that waits to become the link loses its place. Else the link is closed.
      auto outdated = next_link ? next_link : link;
      next_link = connection;
      absence.back();
      self->send(
        outdated, close_atom_v,
        std::make_shared<const link_end>(link_end{stream_error::conflict, failure::stream_closed,
                                                  "replaced by a new connection"}));
      return;
    }
    use(connection);
  }

  peer_log link_log() const {
    return {log_module::hub, "links of nodes", {log_standing::authenticated, node}};
  }

  void use(const connection_actor& connection) {
    link = connection;
    absence.back();
    fences_passed = {};
    link_log().info("node {} is connected", fact::node(node));
    hub->metrics.node_links.set(node, 1);
    self->send(observer, node_up_atom_v, node);
    send_queue();
  }

  void send_queue() {
    auto batch = std::make_shared<stanza_batch>(hub->account);
    batch->stanzas = queue->take_all();
    if (!batch->stanzas.empty())
      self->send(link, deliver_atom_v, std::move(batch));
  }

  void on_link_down(const connection_actor& connection, const link_end& why) {
    self->send(connection, release_atom_v);
    if (connection == next_link) {
      next_link = nullptr;
      if (draining)
        go();
      return;
    }
    if (connection != link)
      return;
    draining = true;
    link_log().warn("node {} is disconnected: {}", fact::node(node),
                    explained{why.why, why.detail, "in order"});
    hub->metrics.node_links.set(node, 0);
    if (next_link)
      self->send(observer, node_down_atom_v, node);
    else
      go();
  }

  /// Notes that the node has no link any more, and that no connection waits to become one.
  void go() {
    absence.gone(now());
    self->send(observer, node_down_atom_v, node);
    schedule();
  }

  std::chrono::seconds patience() const { return hub->current()->config.timeouts.node; }

  /// Answers the waiting stanzas if the node has been away for too long. Does nothing while a link
  /// drains: the stanzas that it holds are older and have to be returned first.
  void end_wait() {
    if (draining || stopping)
      return;
    if (absence.end_wait(now(), patience())) {
      link_log().warn("node {} has been away for {} s: its stanzas are now returned with an error",
                      fact::node(node), fact::duration_s(patience()),
                      fact::failure(failure::node_unavailable));
      self->send(observer, node_away_atom_v, node);
    }
    if (absence.away())
      bounce_all(failure::node_unavailable);
  }

  void on_returned(const connection_actor& connection, stanza_batch& batch) {
    if (connection != link)
      return on_deliver(batch);
    bounce_moved(batch.stanzas);
    queue->push_front(batch.stanzas);
    sweep(); // the link may have held them while the rules changed
  }

  /// Answers returned stanzas whose addressee belongs to another node by now. Passed on, they would
  /// arrive out of order.
  void bounce_moved(std::vector<stanza>& stanzas) {
    const auto me = node_sink_actor{node_actor{self}};
    reply_batch replies{*self, *hub, key()};
    std::erase_if(stanzas, [&](stanza& stanza) {
      const bool moved = !stanza.generated && fences_passed.moved(stanza, me);
      if (moved)
        replies.reject(stanza, failure::node_unavailable, node);
      return moved;
    });
  }

  /// Returns whether the domain is the node's by the rules in force.
  bool serves(const domain_name& domain) const {
    auto settings = hub->current();
    for (auto& row : settings->config.nodes)
      if (row.name == node)
        return row.serves(domain);
    return true; // the node is not configured any more; the supervisor ends this actor
  }

  /// Answers the waiting stanzas of pairs that the rules in force do not allow.
  void sweep() {
    if (queue->empty())
      return schedule();
    auto table = hub->table();
    reply_batch replies{*self, *hub, key()};
    std::vector<stanza> kept;
    for (auto& stanza : queue->take_all()) {
      const bool judged = stanza.from != nullptr && stanza.to != nullptr;
      auto why = judged && !stanza.generated
                   ? table->admits_pair(stanza.from->name, stanza.to->name)
                   : failure::none;
      if (judged && why == failure::none && !serves(stanza.to->name))
        why = failure::node_unavailable;
      if (why != failure::none)
        replies.reject(stanza, why);
      else
        kept.push_back(std::move(stanza));
    }
    queue->push_front(kept);
    schedule();
  }

  void on_drained(const connection_actor& connection) {
    if (connection != link)
      return;
    link = nullptr;
    draining = false;
    if (stopping)
      bounce_all(stopping->why);
    else if (next_link)
      use(std::exchange(next_link, nullptr));
    for (auto& [table, promise] : std::exchange(fences, {}))
      answer_fence(table, promise);
    end_wait();
    schedule();
  }

  /// Handles the end of a link's actor. After an orderly end, with `drained`, it is not known here
  /// any more.
  void on_down(const caf::down_msg& message) {
    auto ended = next_link && next_link.address() == message.source ? next_link
                 : link && link.address() == message.source         ? link
                                                                    : connection_actor{};
    if (!ended)
      return;
    if (message.reason != caf::exit_reason::user_shutdown
        && message.reason != caf::exit_reason::kill)
      hub_log("internal errors")
        .error("internal error: the connection of node {} ended: {}", fact::node(node),
               fact::reason(self->home_system().render(message.reason)));
    if (ended == next_link || !draining)
      on_link_down(ended, {stream_error::none, failure::stream_closed, "internal error"});
    on_drained(ended);
  }

  using fence_promise = caf::typed_response_promise<fence_atom>;

  /// @param table the table that the router uses after the answer.
  fence_promise on_fence(const routing_table_ptr& table) {
    auto promise = self->make_response_promise<fence_promise>();
    if (draining)
      fences.emplace_back(table, promise);
    else
      answer_fence(table, promise);
    return promise;
  }

  void answer_fence(const routing_table_ptr& table, fence_promise promise) {
    pass_on();
    if (link) // the link may have got stanzas that waited here
      fences_passed.add(table, now());
    promise.deliver(fence_atom_v);
  }

  /// Passes the waiting stanzas to the nodes that stand in, by the routing table in force. If
  /// several fences waited, the last one's table counts.
  void pass_on() {
    sweep();
    if (link || queue->empty())
      return;
    auto table = hub->table();
    auto me = node_sink_actor{node_actor{self}};
    std::vector<std::pair<node_sink_actor, stanza_batch_ptr>> out;
    std::vector<stanza> kept;
    for (auto& stanza : queue->take_all()) {
      auto* candidates = stanza.to != nullptr ? table->serving(stanza.to->name) : nullptr;
      auto* target = candidates ? &table->choose(*candidates, addressee(stanza)).sink : nullptr;
      if (target == nullptr || !*target || *target == me) {
        kept.push_back(std::move(stanza));
        continue;
      }
      auto found =
        std::find_if(out.begin(), out.end(), [&](auto& x) { return x.first == *target; });
      if (found == out.end())
        found = out.emplace(out.end(), *target, std::make_shared<stanza_batch>(hub->account));
      found->second->stanzas.push_back(std::move(stanza));
    }
    for (auto& [sink, batch] : out)
      self->send(sink, deliver_atom_v, std::move(batch));
    queue->push_front(kept);
  }

  /// @param why for stanzas of others; the hub's own get `node_unavailable`.
  void bounce_all(failure why) {
    reply_batch replies{*self, *hub, key()};
    for (auto& x : queue->take_all())
      replies.reject(x, x.generated ? failure::node_unavailable : why, node);
  }

  void on_drain(const link_end_ptr& why) {
    stopping = why;
    if (!link)
      bounce_all(why->why);
  }

  void on_stop(const link_end_ptr& why) {
    stopping = why;
    bounce_all(why->why);
    if (link)
      self->send(link, close_atom_v, why);
    if (next_link)
      self->send(next_link, close_atom_v, why);
  }

  void on_tick() {
    auto t = now();
    if (t < next_tick)
      return; // for a deadline that has moved since
    next_tick = time_point::max();
    end_wait();
    reply_batch replies{*self, *hub, key()};
    for (auto& x : queue->take_older(t - longest_wait()))
      replies.reject(x, failure::node_unavailable, node);
    queue->condense(t);
    for (auto& x : queue->settle_in(t))
      replies.reject(x.value, x.why, node);
    schedule();
  }

  /// Returns the longest time that a stanza may wait, even if one link after another returns it.
  std::chrono::seconds longest_wait() const {
    return hub->current()->config.timeouts.queue + patience();
  }

  void schedule() {
    auto at = queue->next_due(longest_wait());
    if (!draining && !stopping)
      at = std::min(at, absence.due(patience()));
    if (at >= next_tick)
      return;
    auto t = now();
    next_tick = std::max(at, t);
    self->delayed_send(self, next_tick - t, tick_atom_v);
  }

  time_point now() const { return self->home_system().clock().now(); }
  uint64_t key() const { return rendezvous_seed(node); }

  node_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  std::string node;
  node_observer_actor observer;
  std::unique_ptr<queue_account> account;
  std::unique_ptr<stanza_queue> queue;
  connection_actor link;
  connection_actor next_link; ///< becomes `link` once the old link has returned its stanzas.
  bool draining = false;      ///< `link` is down and has yet to send `drained`.
  node_absence absence;       ///< here: there is a link, or a next one.
  link_end_ptr stopping;      ///< why the node accepts no more stanzas; null while it does.
  time_point next_tick = time_point::max();
  std::vector<std::pair<routing_table_ptr, fence_promise>> fences; ///< to be answered.
  answered_fences fences_passed;                                   ///< since `link` exists.
  gauge_share share;
};

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, hub_ptr hub,
                               std::string name, node_observer_actor observer) {
  self->state.start(std::move(hub), std::move(name), std::move(observer));
  self->set_down_handler([=](caf::down_msg& x) { self->state.on_down(x); });
  return {
    [=](deliver_atom, const stanza_batch_ptr& x) { self->state.on_deliver(*x); },
    [=](linkup_atom, const connection_actor& x, questions_taken) { self->state.on_link_up(x); },
    [=](pair_atom, const connection_actor&, const pair_outcome_ptr&) {}, // components have no pairs
    [=](verified_atom, const verification_ptr&) {},                      // nor dialback
    [=](linkdown_atom, const connection_actor& x, const link_end_ptr& why) {
      self->state.on_link_down(x, *why);
    },
    [](settled_atom, const connection_actor&, uint32_t) {}, // nor are their streams resumed
    [=](keep_atom, const connection_actor& x, const kept_stream_ptr& y) {
      self->state.on_returned(x, *y->stanzas);
    },
    [=](returned_atom, const connection_actor& x, const stanza_batch_ptr& y) {
      self->state.on_returned(x, *y);
    },
    [=](drained_atom, const connection_actor& x) { self->state.on_drained(x); },
    [](step_atom, const connection_actor&, admin::attempt_step) {}, // of outgoing streams
    [=](fence_atom, const routing_table_ptr& x) { return self->state.on_fence(x); },
    [=](sweep_atom, const reload_round_ptr&) { self->state.sweep(); },
    [=](drain_atom, const link_end_ptr& why) { self->state.on_drain(why); },
    [=](close_atom, const link_end_ptr& why) { self->state.on_stop(why); },
    [=](tick_atom) { self->state.on_tick(); },
  };
}

} // namespace

node_actor spawn_node(caf::actor_system& system, hub_ptr hub, std::string name,
                      node_observer_actor observer) {
  return system.spawn(node, std::move(hub), std::move(name), std::move(observer));
}

} // namespace fedhub
