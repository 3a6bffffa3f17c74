// A hub whose actors run only when the test runs them, on a clock that the test turns.
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/hub/hub.hpp"
#include "actors/hub/hub_services.hpp"
#include "actors/hub/settings.hpp"
#include "actors/interfaces/node.hpp"
#include "actors/log/log.hpp"
#include "actors/rules/routing_table.hpp"
#include "conf/file/loader.hpp"
#include "tests/unit/actors/hub/hub_fakes.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub::test {

/// A [[node]] row with the domains that send in most tests.
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
  /// Has the actor ended with the test.
  template <class Handle>
  Handle keep(Handle x) {
    actors_.push_back(caf::actor_cast<caf::actor>(x));
    return x;
  }

  hub_test() : system_{config_.set("scheduler.policy", caf::atom("testing"))} {
    system_.await_actors_before_shutdown(false); // nobody would run them during the wait
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

  /// Starts a hub with this configuration.
  void start(std::string_view text) {
    auto loaded = conf::load_text(text, "f");
    for (auto& problem : loaded.problems)
      ADD_FAILURE() << to_string(problem);
    config = *loaded.value;
    auto now_in_force = std::make_shared<settings>(
      settings{config, tls, resolver_, std::make_shared<const dialback_keys>("secret"),
               std::make_shared<const trust_policy>(config)});
    auto& services = services_.emplace_back(metrics, plenty, admission_limits{});
    hub_ = std::make_shared<struct hub>(services, loop_, now_in_force);
    hub_->replace(table());
    hub_->routers = {spawn(fake_router, &router, &hub_->account)};
    hub_->directory = spawn(fake_directory, &directory);
  }

  /// Returns the configuration's routing table, with these nodes in place of its component nodes.
  routing_table_ptr table(const std::vector<node_sink_actor>& sinks = {},
                          const std::vector<bool>& live = {}) const {
    std::vector<node_route> nodes;
    for (size_t i = 0; i < config.nodes.size(); ++i) {
      node_route route;
      route.name = config.nodes[i].name;
      route.protocol = config.nodes[i].protocol();
      if (i < sinks.size())
        route.sink = sinks[i];
      route.live = i >= live.size() || live[i];
      nodes.push_back(std::move(route));
    }
    return std::make_shared<const routing_table>(config, std::move(nodes));
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }
  time_point now() { return scheduler().clock().now(); }

  /// Runs the actors until none has a message left.
  void run() { scheduler().run(); }

  /// Sends a message, and runs the actors.
  template <class Handle, class... Ts>
  void post(const Handle& to, Ts&&... xs) {
    caf::anon_send(to, std::forward<Ts>(xs)...);
    run();
  }

  /// Makes a fake answer its oldest open requests.
  template <class Handle>
  void let_answer(const Handle& fake, uint64_t requests = 1) {
    post(caf::actor_cast<caf::actor>(fake), release_atom_v, requests);
  }

  /// Turns the clock forward in steps, and runs the actors after each.
  void elapse(duration time, duration step = std::chrono::milliseconds{10}) {
    while (time > duration::zero()) {
      scheduler().advance_time(std::min(time, step));
      run();
      time -= step;
    }
  }

  stanza_batch_ptr batch_of(std::vector<stanza> xs) {
    auto batch = std::make_shared<stanza_batch>(hub_->account);
    batch->stanzas = std::move(xs);
    return batch;
  }
  stanza cut(std::string_view xml) { return stream.cut(xml, now()); }
  /// Returns a batch of messages with these ids to one address.
  stanza_batch_ptr messages(std::initializer_list<std::string_view> ids,
                            std::string_view to = "b@corp.example",
                            std::string_view from = "a@partner.example") {
    std::vector<stanza> xs;
    for (auto id : ids)
      xs.push_back(cut(message(id, to, from)));
    return batch_of(std::move(xs));
  }

  /// Returns a message of `size` octets in a chunk whose other stanzas, `around` octets, have
  /// ended. Its source is held back by both, see `held_back`.
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

  /// Reports the sockets' events to their owners, and runs all actors.
  void look_at_network() {
    hub_->loop.poll(nullptr, [] { return false; });
    run();
    while (hub_->loop.next_turn(nullptr))
      run();
  }

  std::shared_ptr<const tls_store> tls; ///< for the next `start`; null: no TLS.
  std::shared_ptr<struct hub> hub_;
  conf::config config;
  source_stream stream;
  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(plenty, [] {});
  source_stream mixed{stanza_direction::from_world, credit};
  router_log router;
  directory_log directory;
  resolver_log resolver;

private:
  /// No thread polls it: tests call `look_at_network`.
  network_loop loop_{network_loop::driver::callers};
  caf::actor_system_config config_;
  std::list<hub_services> services_; ///< of each start; actors use them as long as they live.
  caf::actor_system system_;
  resolver_actor resolver_;
  std::vector<caf::actor> actors_;

protected:
  caf::actor_system& system() { return system_; }
};

} // namespace fedhub::test
