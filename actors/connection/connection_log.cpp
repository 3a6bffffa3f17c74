// The connection actor: its name and origin in the log.
#include "actors/connection/connection_state.hpp"

namespace fedhub {

void connection_state::note_state(const char* to) {
  peer_log{log_module::connection_history, "states of connections", origin()}.info(
    "{} {}->{}", label(), fact::former_state(std::string_view{told_.state}),
    fact::state(std::string_view{to}));
  told_.state = to;
}

std::string stream_label::str() const {
  auto& role = of.role_;
  auto peer = role ? role.peer_name() : std::string();
  std::string text = "[" + std::to_string(of.id_) + " ";
  text += of.leg_known() ? to_string(of.facts_.leg) : "node";
  if (!peer.empty())
    text += " " + peer;
  if (role && !role.stream_id().empty())
    text += " id=" + role.stream_id();
  return text + "]";
}

void stream_label::add_to(log_facts& to) const {
  to.add(fact::stream.name, of.id_);
  if (of.leg_known())
    to.add(fact::leg.name, of.facts_.leg);
  to.add(fact::address.name, of.peer_);
  if (of.role_) {
    to.add(fact::peer.name, of.role_.peer_name());
    to.add(fact::stream_id.name, of.role_.stream_id());
  }
}

log_origin connection_state::origin() const {
  auto standing = log_standing::authenticated;
  if (!facts_.authenticated)
    standing = outgoing() && !facts_.provoked ? log_standing::unproven : log_standing::stranger;
  return {standing, log_peer(peer_)};
}

log_module connection_state::stream_module() const {
  switch (facts_.leg) {
  case stream_leg::s2s_in:
  case stream_leg::node_s2s_in:
    return log_module::stream_in;
  case stream_leg::node_component:
    return log_module::stanza_component_in;
  case stream_leg::s2s_out:
  case stream_leg::node_s2s_out:
    break;
  }
  return log_module::stream_out;
}

log_module connection_state::stanza_module_in() const {
  return facts_.leg == stream_leg::node_component ? log_module::stanza_component_in
                                                  : log_module::stream_in;
}

log_module connection_state::stanza_module_out() const {
  return facts_.leg == stream_leg::node_component ? log_module::stanza_component_out
                                                  : log_module::stream_out;
}

} // namespace fedhub
