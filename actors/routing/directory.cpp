#include "actors/routing/spawn_directory.hpp"

#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/domain/spawn_domain.hpp"
#include "actors/hub/hub.hpp"
#include "actors/log/peer_log.hpp"
#include "metrics/gauge_share.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

namespace {

struct directory_state {
  static inline const char* name = "fedhub.directory";

  explicit directory_state(directory_actor::pointer self) : self(self) {}

  struct entry {
    domain_actor actor = {};
    bool routed = false;   ///< routers know it.
    size_t forgetting = 0; ///< routers that have yet to forget it; at 0 it may end.
    bool retiring = false;
    // Requests that come while it may be ending:
    std::vector<router_actor> asked = {};
    std::vector<std::pair<verification_ptr, verifier_actor>> questions = {};
    std::vector<std::pair<connection_actor, domain_pair>> reverse = {};
  };

  entry& find(const domain_name& domain) {
    auto known = entries.find(domain);
    if (known == entries.end()) {
      known =
        entries.try_emplace(domain, entry{spawn_domain(self->home_system(), hub, domain, table)})
          .first;
      self->link_to(known->second.actor); // the directory's end also ends the domain's actor
    }
    return known->second;
  }

  /// Returns whether the domain has an actor, or there is room for one more. Strangers' keys may
  /// use half of all actors, strangers and remote domains three quarters. The rest is for domains
  /// that nodes send stanzas to.
  bool room_for(const domain_name& domain, dns_party party) const {
    const auto part = party == dns_party::node     ? most
                      : party == dns_party::remote ? most / 4 * 3
                                                   : most / 2;
    return entries.size() < part || entries.count(domain) != 0;
  }

  void on_question(const verification_ptr& question, const verifier_actor& asker) {
    auto& domain = question->question.pair.from;
    if (!room_for(domain, question->asker.party))
      return self->send(
        asker, verified_atom_v,
        std::make_shared<const verification>(verification{
          question->question, dialback_outcome::error, failure::memory_full, "too many domains"}));
    auto& entry = find(domain);
    if (entry.retiring)
      entry.questions.emplace_back(question, asker);
    else
      self->send(entry.actor, verify_atom_v, question, asker);
  }

  void on_reverse(const connection_actor& link, const domain_pair& pair) {
    // Without room the stream gets no owner, and streams of the hub's own carry stanzas to the
    // domain.
    if (!room_for(pair.to, dns_party::remote))
      return;
    auto& entry = find(pair.to);
    if (entry.retiring)
      entry.reverse.emplace_back(link, pair);
    else
      self->send(entry.actor, adopt_atom_v, link, pair);
  }

  void on_lookup(const domain_name& domain, const router_actor& router) {
    if (!room_for(domain, dns_party::node))
      return self->send(router, found_atom_v, domain, stanza_sink_actor{});
    auto& entry = find(domain);
    if (entry.retiring)
      return entry.asked.push_back(router);
    entry.routed = true;
    self->send(router, found_atom_v, domain, stanza_sink_actor{entry.actor});
  }

  host_use on_share(const std::string& host, const std::vector<verification_ptr>& questions,
                    const domain_actor& who) {
    auto& domain = questions.front()->question.pair.from;
    if (auto* speaker = hosts.speaker(host, domain)) {
      auto known = entries.find(*speaker);
      if (known != entries.end() && !known->second.retiring) {
        for (auto& x : questions)
          self->send(known->second.actor, guest_atom_v, host, x, verifier_actor{who});
        return host_use::lent;
      }
    }
    return hosts.take(host, domain);
  }

  void on_retire(const domain_name& domain, const domain_actor& who) {
    auto known = entries.find(domain);
    if (known == entries.end() || known->second.actor != who || known->second.retiring)
      return;
    known->second.retiring = true;
    if (!known->second.routed)
      return self->send(who, retire_atom_v);
    known->second.forgetting = hub->routers.size();
    for (auto& router : hub->routers) {
      auto forgotten = [this, domain] {
        auto left = entries.find(domain);
        if (left != entries.end() && left->second.retiring && --left->second.forgetting == 0)
          self->send(left->second.actor, retire_atom_v);
      };
      self->request(router, caf::infinite, forget_atom_v, domain)
        .then([forgotten](forget_atom) { forgotten(); },
              [forgotten](const caf::error&) { forgotten(); });
    }
  }

  void on_retired(const domain_name& domain, bool gone) {
    auto known = entries.find(domain);
    if (known == entries.end())
      return;
    auto parked = std::exchange(known->second, entry{known->second.actor, known->second.routed});
    if (gone) {
      self->unlink_from(parked.actor);
      entries.erase(known);
    }
    for (auto& router : parked.asked)
      on_lookup(domain, router);
    for (auto& [question, asker] : parked.questions)
      on_question(question, asker);
    for (auto& [link, pair] : parked.reverse)
      on_reverse(link, pair);
  }

  void on_retry(const domain_name& domain) {
    const auto known = entries.find(domain);
    if (known != entries.end() && !known->second.retiring)
      self->send(known->second.actor, retry_atom_v);
  }

  /// Handles the end of a linked actor: the one that ends the hub, or a domain that failed.
  void on_exit(const caf::exit_msg& message) {
    if (message.reason == caf::exit_reason::user_shutdown)
      return self->quit(message.reason);
    for (auto known = entries.begin(); known != entries.end(); ++known)
      if (known->second.actor.address() == message.source) {
        hub_log("internal errors")
          .error("internal error: the actor of {} ended: {}", fact::domain(known->first),
                 fact::reason(self->home_system().render(message.reason)));
        auto domain = known->first;
        entries.erase(known);
        for (auto& router : hub->routers)
          self->send(router, found_atom_v, domain, stanza_sink_actor{find(domain).actor});
        find(domain).routed = true;
        return;
      }
  }

  directory_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  routing_table_ptr table;
  size_t most = max_domains;
  std::unordered_map<domain_name, entry> entries;
  shared_hosts hosts; ///< a speaker may have ended, so it is looked up in `entries`.
  gauge_share share;
};

directory_actor::behavior_type directory(directory_actor::stateful_pointer<directory_state> self,
                                         hub_ptr hub, routing_table_ptr table, size_t most) {
  self->set_exit_handler([=](caf::exit_msg& x) { self->state.on_exit(x); });
  self->state.hub = std::move(hub);
  self->state.table = std::move(table);
  self->state.most = most;
  self->state.share = gauge_share{self->state.hub->metrics.actors.at(actor_kind::other), 1};
  return {
    [=](lookup_atom, const domain_name& domain, const router_actor& router) {
      self->state.on_lookup(domain, router);
    },
    [=](verify_atom, const verification_ptr& question, const verifier_actor& asker) {
      self->state.on_question(question, asker);
    },
    [=](adopt_atom, const connection_actor& link, const domain_pair& pair) {
      self->state.on_reverse(link, pair);
    },
    [=](share_atom, const std::string& host, const std::vector<verification_ptr>& questions,
        const domain_actor& who) { return self->state.on_share(host, questions, who); },
    [=](offer_atom, const std::string& host, const domain_name& who) {
      self->state.hosts.offer(host, who);
    },
    [=](leave_atom, const std::string& host, const domain_name& who, bool refuses) {
      self->state.hosts.leave(host, who, refuses);
    },
    [=](retire_atom, const domain_name& domain, const domain_actor& who) {
      self->state.on_retire(domain, who);
    },
    [=](retired_atom, const domain_name& domain, bool gone) {
      self->state.on_retired(domain, gone);
    },
    [=](table_atom, const routing_table_ptr& table) {
      self->state.table = table;
      for (auto& [domain, entry] : self->state.entries)
        self->send(entry.actor, table_atom_v, table);
    },
    [=](sweep_atom, const reload_round_ptr& reload_round) {
      for (auto& [domain, entry] : self->state.entries)
        self->send(entry.actor, sweep_atom_v, reload_round);
    },
    [=](retry_atom, const domain_name& domain) { self->state.on_retry(domain); },
    [=](describe_atom, const domain_name& domain,
        description depth) -> caf::result<domain_news_ptr> {
      const auto known = self->state.entries.find(domain);
      if (known == self->state.entries.end())
        return caf::sec::request_receiver_down;
      return self->delegate(known->second.actor, describe_atom_v, depth);
    },
    [=](drain_atom) {
      for (auto& [domain, entry] : self->state.entries)
        self->send(entry.actor, drain_atom_v);
    },
    [=](close_atom) {
      for (auto& [domain, entry] : self->state.entries)
        self->send(entry.actor, close_atom_v);
    },
  };
}

} // namespace

directory_actor spawn_directory(caf::actor_system& system, hub_ptr hub, routing_table_ptr table,
                                size_t most) {
  return system.spawn(directory, std::move(hub), std::move(table), most);
}

} // namespace fedhub
