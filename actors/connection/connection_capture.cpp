// The connection actor: what captures get of its stream.
#include "actors/connection/connection_state.hpp"

#include <string>

#include "actors/capture/capture_desk.hpp"
#include "actors/capture/stream_tap.hpp"

namespace fedhub {

void connection_state::look_for_captures() {
  if (hub_->captures == nullptr || hub_->captures->is_current(tap()))
    return;
  writing_.limits->tap(nullptr);
  if (!transport_)
    return;
  writing_.limits->tap(hub_->captures->tap(id_, peer_, transport_->fd()));
  if (tap() == nullptr)
    return;
  // The stream's headers may have come before.
  const auto named = role_.named();
  tap()->name(named.from);
  tap()->name(named.to);
  if (role_.component() != nullptr)
    for (const auto& node : settings_->config.nodes)
      if (node.name == role_.peer_name())
        for (const auto& pattern : node.served())
          tap()->name(pattern.base());
  if (const auto* own = role_.outgoing()) {
    tap()->name(role_.tls_name());
    tap()->name(own->sender_name());
  }
  role_.for_each_pair([this](const domain_pair& pair) {
    tap()->name(pair.from);
    tap()->name(pair.to);
  });
}

/// Does the same as `on_item`, and passes the element on to captures.
bool connection_state::on_tapped_item(const scan_result& item, std::string_view text) {
  const bool whole = item.status == scan_status::header || item.status == scan_status::element
                     || item.status == scan_status::stream_end;
  const std::string element{whole ? text : std::string_view{}};
  const bool goes_on = on_item(item, text);
  // An element that stays in the input comes again.
  if (whole && tap() != nullptr && !reading_.gate.is_shut(read_gate::late)
      && !reading_.gate.is_shut(read_gate::form))
    tap()->received(element);
  return goes_on;
}

} // namespace fedhub
