#include "actors/router.hpp"

#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub.hpp"
#include "actors/reply.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

namespace {

/// Domains whose actors a router remembers. Past it all are forgotten and looked up anew, which
/// costs one message each.
constexpr size_t max_cached_domains = 65536;

/// A node that has not answered a fence by then has failed: its link gives back within half of it.
constexpr std::chrono::seconds fence_time{20};

struct router_state {
  static inline const char* name = "fedhub.router";

  explicit router_state(router_actor::pointer self) : self(self) {}

  /// Where the stanzas for a domain go that has an actor of its own.
  struct domain_route {
    stanza_sink_actor sink;      ///< none while the directory is asked.
    std::vector<stanza> waiting; ///< for the answer, in order.
  };

  void on_batch(stanza_batch& batch) {
    hub->metrics.batch_stanzas.Observe(static_cast<double>(batch.stanzas.size()));
    route(batch.stanzas);
  }

  void route(std::vector<stanza>& stanzas) {
    reply_batch replies{*hub, index};
    for (auto& x : stanzas) {
      if (x.to == nullptr)
        replies.reject(x, failure::bad_address);
      else
        route(x, replies);
    }
    stanzas.clear();
    flush();
  }

  void route(stanza& x, reply_batch& replies) {
    auto& domain = x.to->name;
    auto* candidates = table->serving(domain);
    if (candidates == nullptr) {
      if (auto denied = table->admits(domain); denied != failure::none)
        return replies.reject(x, denied);
      return to_domain(domain, x);
    }
    if (table->nodes()[candidates->front()].protocol == conf::node_protocol::s2s)
      return to_domain(domain, x);
    if (fences > 0 && candidates->size() > 1)
      return held.push_back(std::move(x));
    add(table->choose(*candidates, addressee(x)).sink, x);
  }

  void to_domain(const domain_name& domain, stanza& x) {
    auto known = domains.find(domain);
    if (known == domains.end()) {
      if (domains.size() >= max_cached_domains)
        std::erase_if(domains, [](auto& entry) { return entry.second.waiting.empty(); });
      known = domains.try_emplace(domain).first;
      self->send(hub->directory, lookup_atom_v, domain, router_actor{self});
    }
    auto& route = known->second;
    if (route.sink)
      add(route.sink, x);
    else
      route.waiting.push_back(std::move(x));
  }

  void on_found(const domain_name& domain, const stanza_sink_actor& sink) {
    auto known = domains.find(domain);
    if (known == domains.end())
      return;
    auto waiting = std::exchange(known->second.waiting, {});
    if (!sink) {
      domains.erase(known);
      reply_batch replies{*hub, index};
      for (auto& x : waiting)
        replies.reject(x, failure::memory_full, "too many domains");
      return;
    }
    known->second.sink = sink;
    for (auto& x : waiting)
      add(sink, x);
    flush();
  }

  /// Puts a stanza into the batch of its destination.
  template <class Sink>
  void add(const Sink& sink, stanza& x) {
    stanza_sink_actor to = sink;
    for (auto& [known, batch] : out)
      if (known == to) {
        batch->stanzas.push_back(std::move(x));
        return;
      }
    auto batch = std::make_shared<stanza_batch>(hub->account);
    batch->stanzas.push_back(std::move(x));
    out.emplace_back(std::move(to), std::move(batch));
  }

  void flush() {
    for (auto& [sink, batch] : out)
      self->send(sink, deliver_atom_v, std::move(batch));
    out.clear();
  }

  /// Another table: what a node still holds for a bare JID that is another node's from now on must
  /// go before what comes.
  void on_table(const routing_table_ptr& next) {
    auto old = table;
    table = next;
    for (auto& node : old->nodes()) {
      if (!node.sink || !node.shares)
        continue;
      ++fences;
      auto done = [this] {
        if (--fences == 0) {
          auto stanzas = std::move(held);
          held.clear();
          route(stanzas);
        }
      };
      self->request(node.sink, fence_time, fence_atom_v)
        .then([done](fence_atom) { done(); }, [done](const caf::error&) { done(); });
    }
  }

  router_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  uint64_t index = 0;
  routing_table_ptr table;
  std::unordered_map<domain_name, domain_route> domains;
  std::vector<std::pair<stanza_sink_actor, stanza_batch_ptr>> out; ///< of the turn in hand.
  unsigned fences = 0; ///< nodes that have not yet passed on what they held under the old table.
  std::vector<stanza> held; ///< for domains of several nodes, while there are fences.
  gauge_share share;

  ~router_state() {
    if (!hub)
      return;
    for (auto& x : held)
      hub->account.dropped(x, failure::shutting_down);
    for (auto& [domain, route] : domains)
      for (auto& x : route.waiting)
        hub->account.dropped(x, failure::shutting_down);
  }
};

router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self, hub_ptr hub,
                                   routing_table_ptr table, uint64_t index) {
  auto& state = self->state;
  state.hub = std::move(hub);
  state.table = std::move(table);
  state.index = index;
  state.share = gauge_share{state.hub->metrics.actors.at(actor_kind::router), 1};
  return {
    [=](route_atom, const stanza_batch_ptr& x) { self->state.on_batch(*x); },
    [=](table_atom, const routing_table_ptr& x) { self->state.on_table(x); },
    [=](found_atom, const domain_name& domain, const stanza_sink_actor& sink) {
      self->state.on_found(domain, sink);
    },
    [=](forget_atom, const domain_name& domain) {
      auto known = self->state.domains.find(domain);
      if (known != self->state.domains.end() && known->second.waiting.empty())
        self->state.domains.erase(known);
      return forget_atom_v;
    },
  };
}

} // namespace

router_actor spawn_router(caf::actor_system& system, hub_ptr hub, routing_table_ptr table,
                          uint64_t index) {
  return system.spawn(router, std::move(hub), std::move(table), index);
}

} // namespace fedhub
