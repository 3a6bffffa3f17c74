#include "actors/process/reload_rounds.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/rules/connection_registry.hpp"

namespace fedhub {

void reload_rounds::begin(hub& hub, const supervisor_actor& supervisor, former_rules before,
                          std::vector<node_actor> nodes) {
  hub_ = &hub;
  supervisor_ = supervisor;
  before_ = std::move(before);
  nodes_ = std::move(nodes);
  ++number_;
  stage_ = stage::none;
  next();
}

bool reload_rounds::on_end(uint64_t round) {
  if (round != round_ || !running())
    return false;
  next();
  return !running();
}

reload_round_ptr reload_rounds::make_round() {
  return std::make_shared<const reload_round>(
    before_, [to = supervisor_, round = ++round_]() { caf::anon_send(to, round_atom_v, round); });
}

void reload_rounds::next() {
  if (stage_ == stage::sweeping) {
    stage_ = stage::none;
    before_ = {};
    nodes_.clear();
    return;
  }
  stage_ = static_cast<stage>(static_cast<int>(stage_) + 1);
  const auto round = make_round();
  switch (stage_) {
  case stage::judging:
    for (auto& x : hub_->connections.all(connection_registry::kind::any))
      caf::anon_send(x, reload_atom_v, round);
    break;
  case stage::routers:
    for (auto& x : hub_->routers)
      caf::anon_send(x, sweep_atom_v, round);
    break;
  case stage::holders:
    for (auto& x : nodes_)
      caf::anon_send(x, sweep_atom_v, round);
    caf::anon_send(hub_->directory, sweep_atom_v, round);
    break;
  case stage::sweeping:
    for (auto& x : hub_->connections.all(connection_registry::kind::any))
      caf::anon_send(x, sweep_atom_v, round);
    break;
  case stage::none:
    break;
  }
}

} // namespace fedhub
