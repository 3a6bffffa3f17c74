#include "actors/routing/spawn_router.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/hub.hpp"
#include "actors/hub/reply.hpp"
#include "actors/rules/routing_table.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/gauge_share.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// The most domains whose actors a router remembers. Beyond this, all domains without waiting
/// stanzas are forgotten and looked up again, at one message each.
constexpr size_t max_cached_domains = 65536;

/// A node that has not answered a fence within this time has failed: a link returns its stanzas
/// within half of it.
constexpr std::chrono::seconds fence_time{20};

struct router_state {
  static inline const char* name = "fedhub.router";

  explicit router_state(router_actor::pointer self) : self(self) {}

  /// A destination, and the current turn's stanzas to it.
  struct destination {
    stanza_sink_actor sink;
    stanza_batch_ptr batch; ///< null: no stanzas in this turn.
    /// Expected stanzas of a turn: as in the last one, but at least half of the value before.
    size_t usual = 0;
    bool shares = false; ///< a node that shares a domain, or did before the pending fences.
  };

  /// The route to a domain that has an actor of its own.
  struct domain_route {
    destination target;          ///< without a sink while the directory is asked.
    std::vector<stanza> waiting; ///< for the directory's answer, in order.
  };

  /// Caches the results of `only_destination` for the current turn, by the pointer to the domain
  /// that the stanzas hold. Streams that mix domains mix a few dozen, so each name is hashed once a
  /// turn and not once a stanza. The pointers stay valid during the turn.
  class recently_found {
  public:
    struct entry {
      const seen_domain* domain = nullptr; ///< null or another domain: not cached.
      destination* found = nullptr;
    };
    entry& at(const seen_domain* domain) {
      return entries_[(reinterpret_cast<uintptr_t>(domain) * 0x9E3779B97F4A7C15 >> 32)
                      % entries_.size()];
    }
    void clear() { entries_ = {}; }

  private:
    std::array<entry, 64> entries_{};
  };

  void on_batch(const stanza_batch_ptr& batch) {
    hub->metrics.batch_stanzas.Observe(static_cast<double>(batch->stanzas.size()));
    auto* first = batch->stanzas.empty() ? nullptr : batch->stanzas.front().to;
    bool same = first != nullptr
                && std::ranges::all_of(batch->stanzas, [&](auto& x) { return x.to == first; });
    // Most batches go to one destination.
    if (auto* all = same ? only_destination(first->name) : nullptr)
      self->send(all->sink, deliver_atom_v, batch);
    else
      route(batch->stanzas);
  }

  void route(std::vector<stanza>& stanzas) {
    reply_batch replies{*self, *hub, index};
    found.clear();
    for (auto& stanza : stanzas) {
      if (stanza.to == nullptr) {
        replies.reject(stanza, failure::bad_address);
        continue;
      }
      auto& known = found.at(stanza.to);
      if (known.domain != stanza.to)
        known = {stanza.to, only_destination(stanza.to->name)};
      if (known.found != nullptr)
        add(*known.found, stanza);
      else
        route(stanza, replies);
    }
    stanzas.clear();
    flush();
  }

  /// Returns the one destination of all stanzas for a domain; null if it depends on the stanza, is
  /// not known, or does not exist.
  destination* only_destination(const domain_name& domain) {
    auto* candidates = table->serving(domain);
    if (candidates != nullptr
        && table->nodes()[candidates->front()].protocol == conf::node_protocol::component)
      return candidates->size() == 1 && !awaits_fence(candidates->front())
               ? &nodes[candidates->front()]
               : nullptr;
    if (candidates == nullptr && table->admits(domain) != failure::none)
      return nullptr;
    auto known = domains.find(domain);
    return known != domains.end() && known->second.target.sink ? &known->second.target : nullptr;
  }

  /// Returns whether stanzas for the node have to wait in `held`. A domain that is not shared any
  /// more may have been shared before the fence.
  bool awaits_fence(uint32_t node) const { return fences > 0 && nodes[node].shares; }

  /// @pre `only_destination` returns null.
  void route(stanza& stanza, reply_batch& replies) {
    auto& domain = stanza.to->name;
    auto* candidates = table->serving(domain);
    if (candidates == nullptr) {
      if (auto denied = table->admits(domain); denied != failure::none)
        return replies.reject(stanza, denied);
      return await_domain(domain, stanza);
    }
    auto& first = table->nodes()[candidates->front()];
    if (first.protocol == conf::node_protocol::s2s)
      return await_domain(domain, stanza);
    if (awaits_fence(candidates->front()))
      return held.push_back(std::move(stanza));
    auto& chosen = table->choose(*candidates, addressee(stanza));
    add(nodes[static_cast<size_t>(&chosen - table->nodes().data())], stanza);
  }

  void await_domain(const domain_name& domain, stanza& stanza) {
    auto known = domains.find(domain);
    if (known == domains.end()) {
      if (domains.size() >= max_cached_domains) {
        flush();
        std::erase_if(domains, [](auto& entry) { return entry.second.waiting.empty(); });
        found.clear();
      }
      known = domains.try_emplace(domain).first;
      self->send(hub->directory, lookup_atom_v, domain, router_actor{self});
    }
    known->second.waiting.push_back(std::move(stanza));
  }

  void on_found(const domain_name& domain, const stanza_sink_actor& sink) {
    auto known = domains.find(domain);
    if (known == domains.end())
      return;
    auto waiting = std::exchange(known->second.waiting, {});
    if (!sink) {
      domains.erase(known);
      reply_batch replies{*self, *hub, index};
      for (auto& x : waiting)
        replies.reject(x, failure::memory_full, "too many domains");
      return;
    }
    known->second.target.sink = sink;
    for (auto& x : waiting)
      add(known->second.target, x);
    flush();
  }

  void add(destination& to, stanza& stanza) {
    if (!to.batch) {
      to.batch = std::make_shared<stanza_batch>(hub->account);
      to.batch->stanzas.reserve(to.usual);
      filled.push_back(&to);
    }
    to.batch->stanzas.push_back(std::move(stanza));
  }

  void flush() {
    for (auto* batch : filled) {
      batch->usual = std::max(batch->batch->stanzas.size(), batch->usual / 2);
      self->send(batch->sink, deliver_atom_v, std::move(batch->batch));
    }
    filled.clear();
  }

  void use(routing_table_ptr next) {
    table = std::move(next);
    const auto before = std::exchange(nodes, {});
    for (auto& node : table->nodes())
      nodes.push_back({node.sink, nullptr, 0, node.shares || shared(before, node.sink)});
  }

  static bool shared(const std::vector<destination>& all, const node_sink_actor& x) {
    return std::ranges::any_of(all, [&](auto& node) { return node.shares && node.sink == x; });
  }

  void on_last_fence() {
    for (size_t i = 0; i < nodes.size(); ++i)
      nodes[i].shares = table->nodes()[i].shares;
    auto stanzas = std::move(held);
    held.clear();
    route(stanzas);
  }

  bool shares_now(const node_sink_actor& node_sink) const {
    return std::ranges::any_of(table->nodes(),
                               [&](auto& node) { return node.shares && node.sink == node_sink; });
  }

  /// Puts another table in force, and sends fences. A node may still hold stanzas for a bare JID
  /// that belongs to another node from now on; they have to arrive before newer ones.
  void on_table(const routing_table_ptr& next) {
    auto old = table;
    use(next);
    for (auto& node : old->nodes()) {
      if (!node.sink || !(node.shares || shares_now(node.sink)))
        continue;
      ++fences;
      auto done = [this] {
        if (--fences == 0)
          on_last_fence();
      };
      self->request(node.sink, fence_time, fence_atom_v, next)
        .then([done](fence_atom) { done(); }, [done](const caf::error&) { done(); });
    }
  }

  /// Answers the waiting stanzas that the rules in force deny.
  void sweep(std::vector<stanza>& xs, reply_batch& replies) {
    std::erase_if(xs, [&](stanza& stanza) {
      auto why = stanza.generated || stanza.from == nullptr
                   ? failure::none
                   : table->admits_pair(stanza.from->name, stanza.to->name);
      if (why != failure::none)
        replies.reject(stanza, why);
      return why != failure::none;
    });
  }

  void on_sweep() {
    reply_batch replies{*self, *hub, index};
    sweep(held, replies);
    for (auto& [domain, route] : domains)
      sweep(route.waiting, replies);
  }

  router_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  uint64_t index = 0;
  routing_table_ptr table;
  /// In the order of the table's nodes; only component nodes have sinks.
  std::vector<destination> nodes;
  std::unordered_map<domain_name, domain_route> domains;
  std::vector<destination*> filled; ///< destinations with stanzas of the current turn.
  recently_found found;
  unsigned fences = 0;      ///< fences that are not answered yet.
  std::vector<stanza> held; ///< stanzas for shared domains, while fences are pending.
  gauge_share share;

  ~router_state() {
    if (!hub)
      return;
    for (auto& x : held)
      hub->account.lost(x);
    for (auto& [domain, route] : domains)
      for (auto& x : route.waiting)
        hub->account.lost(x);
  }
};

router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self, hub_ptr hub,
                                   routing_table_ptr table, uint64_t index) {
  auto& state = self->state;
  state.hub = std::move(hub);
  state.use(std::move(table));
  state.index = index;
  state.share = gauge_share{state.hub->metrics.actors.at(actor_kind::router), 1};
  return {
    [=](route_atom, const stanza_batch_ptr& x) { self->state.on_batch(x); },
    [=](table_atom, const routing_table_ptr& x) { self->state.on_table(x); },
    [=](sweep_atom, const reload_round_ptr&) { self->state.on_sweep(); },
    [=](found_atom, const domain_name& domain, const stanza_sink_actor& sink) {
      self->state.on_found(domain, sink);
    },
    [=](forget_atom, const domain_name& domain) {
      auto known = self->state.domains.find(domain);
      if (known != self->state.domains.end() && known->second.waiting.empty())
        self->state.domains.erase(known);
      return forget_atom_v;
    },
    [](status_atom) { return status_atom_v; },
  };
}

} // namespace

router_actor spawn_router(caf::actor_system& system, hub_ptr hub, routing_table_ptr table,
                          uint64_t index) {
  return system.spawn(router, std::move(hub), std::move(table), index);
}

} // namespace fedhub
