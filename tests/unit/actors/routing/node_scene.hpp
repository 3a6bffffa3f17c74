// A component node's actor, with fakes around it.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/interfaces/node.hpp"

#include "actors/routing/spawn_node.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub::test {

struct observer_log {
  std::vector<std::string> events;
};
inline node_observer_actor::behavior_type fake_observer(node_observer_actor::pointer,
                                                        observer_log* log) {
  return {
    [=](node_up_atom, const std::string& x) { log->events.push_back(x + " up"); },
    [=](node_down_atom, const std::string& x) { log->events.push_back(x + " down"); },
    [=](node_away_atom, const std::string& x) { log->events.push_back(x + " away"); },
  };
}

/// One of two nodes that share a domain, with fakes of its links and of its observer.
class node_test : public hub_test {
protected:
  node_test() { begin(""); }

  void begin(std::string_view limits) {
    start(std::string{limits} + R"(
[[node]]
name = "cm-1"
domains = ["corp.example"]
secret = "s"
[[node]]
name = "cm-2"
domains = ["corp.example"]
secret = "s"
)");
    metrics.node_links.declare(std::vector<std::string>{"cm-1", "cm-2"});
    node = keep(spawn_node(system(), hub_, "cm-1", spawn(fake_observer, &observer)));
    link = spawn(fake_connection, &wire);
    other_link = spawn(fake_connection, &other_wire);
    run();
  }

  void deliver(std::initializer_list<std::string_view> ids) {
    post(node, deliver_atom_v, messages(ids));
  }
  void down(const connection_actor& connection) {
    post(
      node, linkdown_atom_v, connection,
      std::make_shared<const link_end>(link_end{stream_error::none, failure::stream_closed, {}}));
  }
  /// Has a link give back the stanzas that it could not write.
  void give_back(const connection_actor& connection, connection_log& from) {
    post(node, returned_atom_v, connection, batch_of(std::move(from.stanzas)));
    from.stanzas.clear();
  }
  /// Requests a fence. @returns a flag that is set by its answer.
  std::shared_ptr<bool> fence() {
    auto done = std::make_shared<bool>(false);
    spawn(
      [done, table = hub_->table()](caf::event_based_actor* self, const node_sink_actor& to) {
        self->request(to, caf::infinite, fence_atom_v, table).then([done](fence_atom) {
          *done = true;
        });
      },
      node_sink_actor{node});
    run();
    return done;
  }
  void stop(failure why) {
    post(node, close_atom_v,
         std::make_shared<const link_end>(link_end{stream_error::system_shutdown, why, {}}));
  }

  observer_log observer;
  connection_log wire, other_wire;
  node_actor node;
  connection_actor link, other_link;
};

} // namespace fedhub::test
