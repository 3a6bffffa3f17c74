// A hub whose actors run when the test says so, on a clock that the test turns; and fakes of those
// that an actor under test speaks with.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/node.hpp"
#include "actors/log/log.hpp"
#include "conf/file/loader.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub::test {

/// What came to a destination. It keeps the stanzas, so that it can give them back.
struct sink_log {
  std::vector<stanza> stanzas;
  int batches = 0;

  std::vector<std::string> ids() const { return ids_of(stanzas); }
  void take(stanza_batch& batch) {
    ++batches;
    std::move(batch.stanzas.begin(), batch.stanzas.end(), std::back_inserter(stanzas));
    batch.stanzas.clear();
  }
};

struct node_log : sink_log {
  int fences = 0; ///< asked so far.
  std::vector<caf::typed_response_promise<fence_atom>> open;
};

/// An actor may answer in a turn of its own only: told so by the test, the fakes answer the oldest
/// requests that are open, so many of them.
using fake_node_actor = node_sink_actor::extend<caf::reacts_to<release_atom, uint64_t>>;
using fake_router_actor = router_actor::extend<caf::reacts_to<release_atom, uint64_t>>;

template <class Atom>
void answer_oldest(std::vector<caf::typed_response_promise<Atom>>& open, uint64_t n) {
  for (; n > 0 && !open.empty(); --n) {
    open.front().deliver(Atom{});
    open.erase(open.begin());
  }
}

inline fake_node_actor::behavior_type fake_node(fake_node_actor::pointer self, node_log* log) {
  return {
    [=](deliver_atom, const stanza_batch_ptr& x) { log->take(*x); },
    [=](fence_atom, const routing_table_ptr&) {
      ++log->fences;
      return log->open.emplace_back(
        self->make_response_promise<caf::typed_response_promise<fence_atom>>());
    },
    [=](release_atom, uint64_t n) { answer_oldest(log->open, n); },
  };
}

struct connection_log : sink_log {
  bool adoptable = true; ///< takes an owner that asks.
  std::vector<link_end> closed;
  std::vector<verification_ptr> answers;
  int released = 0;
  int settled = 0; ///< told that a session it asked for is to be had.
  std::vector<drain_stage> drained;
};

inline connection_actor::behavior_type fake_connection(connection_actor::pointer,
                                                       connection_log* log) {
  return {
    [](ready_atom, int) {},
    [=](deliver_atom, const stanza_batch_ptr& x) { log->take(*x); },
    [](tick_atom) {},
    [](flush_atom) {},
    [](resume_atom) {},
    [=](close_atom, const link_end_ptr& x) { log->closed.push_back(*x); },
    [=](verified_atom, const verification_ptr& x) { log->answers.push_back(x); },
    [](pair_atom, const domain_pair&) {},
    [](forget_atom, const domain_pair&) {},
    [](verify_atom, const verification_ptr&) {},
    [=](adopt_atom, const adoption_ptr&) { return log->adoptable; },
    [=](release_atom) { ++log->released; },
    [=](settled_atom) { ++log->settled; },
    [](pong_atom) {},
    [=](drain_atom, drain_stage x) {
      log->drained.push_back(x);
      return drain_atom_v;
    },
    [](reload_atom, const reload_round_ptr&) {},
    [](sweep_atom, const reload_round_ptr&) {},
  };
}

struct router_log {
  std::vector<std::string> answers; ///< the stanza errors that came.
  std::vector<time_point> since;    ///< of each of them.
  std::vector<std::string> found;   ///< domains, in the order that the directory told them.
  std::vector<stanza_sink_actor> sinks;
  std::vector<std::string> forgotten;
  bool silent = false; ///< holds its answer to `forget_atom` back.
  std::vector<caf::typed_response_promise<forget_atom>> open;
};

inline fake_router_actor::behavior_type fake_router(fake_router_actor::pointer self,
                                                    router_log* log, accounting* account) {
  return {
    [=](route_atom, const stanza_batch_ptr& x) {
      for (auto& answer : x->stanzas) {
        log->answers.emplace_back(answer.text());
        log->since.push_back(answer.since);
        stanza_tally{*account}.delivered(answer);
      }
    },
    [](table_atom, const routing_table_ptr&) {},
    [](sweep_atom, const reload_round_ptr&) {},
    [=](found_atom, const domain_name& name, const stanza_sink_actor& sink) {
      log->found.push_back(name.str());
      log->sinks.push_back(sink);
    },
    [=](forget_atom, const domain_name& name) {
      log->forgotten.push_back(name.str());
      auto promise = self->make_response_promise<caf::typed_response_promise<forget_atom>>();
      if (log->silent)
        log->open.push_back(promise);
      else
        promise.deliver(forget_atom_v);
      return promise;
    },
    [](status_atom) { return status_atom_v; },
    [=](release_atom, uint64_t n) { answer_oldest(log->open, n); },
  };
}

struct directory_log {
  std::vector<std::string> lookups;
  std::vector<verification_ptr> questions;
  std::vector<verifier_actor> verifiers;
  std::vector<std::string> retiring;
  std::vector<bool> retired;
  host_use use = host_use::own;    ///< the answer to who needs a server to verify keys.
  std::vector<std::string> shared; ///< servers that were asked for so, offered, left.
  std::vector<verification_ptr> lent;
  std::vector<std::string> offered, left;
  bool refused = false; ///< of the last that was left.
};

inline directory_actor::behavior_type fake_directory(directory_actor::pointer, directory_log* log) {
  return {
    [=](lookup_atom, const domain_name& name, const router_actor&) {
      log->lookups.push_back(name.str());
    },
    [=](verify_atom, const verification_ptr& x, const verifier_actor& asker) {
      log->questions.push_back(x);
      log->verifiers.push_back(asker);
    },
    [](adopt_atom, const connection_actor&, const domain_pair&) {},
    [=](share_atom, const std::string& host, const std::vector<verification_ptr>& questions,
        const domain_actor&) {
      log->shared.push_back(host);
      if (log->use == host_use::lent)
        log->lent.insert(log->lent.end(), questions.begin(), questions.end());
      return log->use;
    },
    [=](offer_atom, const std::string& host, const domain_name&) { log->offered.push_back(host); },
    [=](leave_atom, const std::string& host, const domain_name&, bool refuses) {
      log->left.push_back(host);
      log->refused = refuses;
    },
    [=](retire_atom, const domain_name& name, const domain_actor&) {
      log->retiring.push_back(name.str());
    },
    [=](retired_atom, const domain_name&, bool gone) { log->retired.push_back(gone); },
    [](table_atom, const routing_table_ptr&) {},
    [](sweep_atom, const reload_round_ptr&) {},
    [](drain_atom) {},
    [](close_atom) {},
  };
}

struct resolver_log {
  struct question {
    std::string domain;
    given_targets_ptr given;
    time_point at;
    dns_asker asker;
  };
  std::vector<question> questions;
  resolution_ptr answer; ///< to all questions; null: none is answered.
};

inline resolver_actor::behavior_type fake_resolver(resolver_actor::pointer self,
                                                   resolver_log* log) {
  auto ask = [=](const domain_name& name, const given_targets_ptr& given, const dns_asker& asker) {
    log->questions.push_back({name.str(), given, self->home_system().clock().now(), asker});
    auto promise = self->make_response_promise<caf::typed_response_promise<resolution_ptr>>();
    if (log->answer)
      promise.deliver(log->answer);
    return promise;
  };
  return {
    [](ready_atom, int) {},
    [=](resolve_atom, const domain_name& x, service_kinds, const dns_asker& asker) {
      return ask(x, nullptr, asker);
    },
    [=](resolve_atom, const domain_name& x, uint16_t, const dns_asker& asker) {
      return ask(x, nullptr, asker);
    },
    [=](resolve_atom, const domain_name& x, const given_targets_ptr& y, const dns_asker& asker) {
      return ask(x, y, asker);
    },
    [](tlsa_atom, const tlsa_endpoint&, const dns_asker&) {
      return tlsa_set_ptr{std::make_shared<tlsa_set>()};
    },
    [](tick_atom) {},
    [](sweep_atom) {},
  };
}

/// Stands where a verifier would be.
struct verifier_log {
  std::vector<verification_ptr> answers;
};
inline verifier_actor::behavior_type fake_verifier(verifier_actor::pointer, verifier_log* log) {
  return {
    [=](verified_atom, const verification_ptr& x) { log->answers.push_back(x); },
    [](tick_atom) {},
  };
}

/// A node, for the configuration, with the domains that send in most tests.
inline const std::string own_domains = "\n[[node]]\nname = 'own'\ndomains = ['corp.example', "
                                       "'*.corp.example', 'other.example']\nsecret = 's'\n";

/// A hub with a fake router, directory and resolver.
class hub_test : public account_test {
protected:
  using duration = std::chrono::nanoseconds;

  template <class... Args>
  auto spawn(Args&&... args) {
    return keep(system_.spawn(std::forward<Args>(args)...));
  }
  /// Ends the actor with the test.
  template <class Handle>
  Handle keep(Handle x) {
    actors_.push_back(caf::actor_cast<caf::actor>(x));
    return x;
  }

  hub_test() : system_{config_.set("scheduler.policy", caf::atom("testing"))} {
    system_.await_actors_before_shutdown(false); // nobody runs them while we would wait
    conf::log_config quiet;
    quiet.level = conf::log_level::error;
    configure_log(quiet, "test");
    scheduler().clock().current_time += std::chrono::hours{1};
    resolver_ = spawn(fake_resolver, &resolver);
    start("");
  }

  ~hub_test() override {
    for (auto& x : actors_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    actors_.clear();
    run();
    hub_->directory = nullptr;
    hub_->routers.clear();
    hub_->replace(settings_ptr{});
    hub_->replace(routing_table_ptr{});
  }

  /// Begins with this configuration.
  void start(std::string_view text) {
    auto loaded = conf::load_text(text, "f");
    for (auto& problem : loaded.problems)
      ADD_FAILURE() << to_string(problem);
    config = *loaded.value;
    auto now_in_force = std::make_shared<settings>(
      settings{config, tls, resolver_, std::make_shared<const dialback_keys>("secret"),
               std::make_shared<const trust_policy>(config)});
    hub_ = std::make_shared<struct hub>(metrics, loop_, plenty, admission_limits{}, now_in_force);
    hub_->replace(table());
    hub_->routers = {spawn(fake_router, &router, &hub_->account)};
    hub_->directory = spawn(fake_directory, &directory);
  }

  /// The routing table of the configuration, with these nodes in place of its component nodes.
  routing_table_ptr table(const std::vector<node_sink_actor>& sinks = {},
                          const std::vector<bool>& live = {}) const {
    std::vector<node_route> nodes;
    for (size_t i = 0; i < config.nodes.size(); ++i) {
      node_route x;
      x.name = config.nodes[i].name;
      x.protocol = config.nodes[i].protocol();
      if (i < sinks.size())
        x.sink = sinks[i];
      x.live = i >= live.size() || live[i];
      nodes.push_back(std::move(x));
    }
    return std::make_shared<const routing_table>(config, std::move(nodes));
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }
  time_point now() { return scheduler().clock().now(); }

  /// Lets the actors run until nobody has anything to do.
  void run() { scheduler().run(); }

  /// Sends, and lets the actors run.
  template <class Handle, class... Ts>
  void tell(const Handle& to, Ts&&... xs) {
    caf::anon_send(to, std::forward<Ts>(xs)...);
    run();
  }

  /// Has a fake answer its oldest open requests.
  template <class Handle>
  void let_answer(const Handle& fake, uint64_t requests = 1) {
    tell(caf::actor_cast<caf::actor>(fake), release_atom_v, requests);
  }

  /// Turns the clock forward, the actors running at each step.
  void elapse(duration x, duration step = std::chrono::milliseconds{10}) {
    while (x > duration::zero()) {
      scheduler().advance_time(std::min(x, step));
      run();
      x -= step;
    }
  }

  stanza_batch_ptr batch_of(std::vector<stanza> xs) {
    auto batch = std::make_shared<stanza_batch>(hub_->account);
    batch->stanzas = std::move(xs);
    return batch;
  }
  stanza cut(std::string_view xml) { return stream.cut(xml, now()); }
  /// Messages with these ids to one address.
  stanza_batch_ptr messages(std::initializer_list<std::string_view> ids,
                            std::string_view to = "b@corp.example",
                            std::string_view from = "a@partner.example") {
    std::vector<stanza> xs;
    for (auto id : ids)
      xs.push_back(cut(message(id, to, from)));
    return batch_of(std::move(xs));
  }

  /// A message of so many octets that lies among others in its chunk, which have gone: `around`
  /// octets that its source is held back by, for which see `held_back`.
  stanza_batch_ptr one_of_many(size_t size, std::string_view to = "b@corp.example",
                               std::string_view from = "a@partner.example") {
    const auto text = message("1", to, from);
    const std::string rest(size - std::min(size, text.size()), ' ');
    std::vector<stanza> xs;
    xs.push_back(mixed.cut(
      text.substr(0, text.find("hello")) + rest + text.substr(text.find("hello")), now(), around));
    return batch_of(std::move(xs));
  }
  static constexpr int64_t around = 300'000;
  int64_t held_back() const { return credit->in_flight(); }

  /// Has the owners of sockets hear of what the kernel says by now, and lets all actors run.
  void look_at_network() {
    hub_->loop.poll(nullptr, [] { return false; });
    run();
    while (hub_->loop.next_turn(nullptr))
      run();
  }

  std::shared_ptr<const tls_store> tls; ///< of the next `start`; null: none.
  std::shared_ptr<struct hub> hub_;
  conf::config config;
  source_stream stream;
  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(plenty, [] {});
  source_stream mixed{stanza_direction::from_world, credit};
  router_log router;
  directory_log directory;
  resolver_log resolver;

private:
  /// Nobody polls it: a test tells the owners of sockets itself when to look.
  network_loop loop_{network_loop::driver::callers};
  caf::actor_system_config config_;
  caf::actor_system system_;
  resolver_actor resolver_;
  std::vector<caf::actor> actors_;

protected:
  caf::actor_system& system() { return system_; }
};

} // namespace fedhub::test
