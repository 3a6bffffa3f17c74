// The connection actor: stream management (XEP-0198).
#include "actors/connection_state.hpp"

#include <algorithm>

namespace fedhub {

namespace {

/// A peer that says nothing is found dead within this time.
constexpr std::chrono::seconds dead_after{90};
constexpr std::chrono::seconds least_keepalive{5};

failure failure_of(management_fault x) {
  return x == management_fault::timed_out ? failure::acknowledge_timeout : failure::stream_invalid;
}

} // namespace

void connection_state::make_management(stream_management::role side) {
  auto& config = settings_->config;
  if (!config.federation.stream_management || !header_.xmpp_1())
    return;
  stream_management::options options;
  options.side = side;
  options.acknowledge = config.timeouts.acknowledge;
  options.keepalive = std::max<std::chrono::seconds>(
    least_keepalive,
    std::min(config.timeouts.keepalive / 2, dead_after - config.timeouts.acknowledge));
  management_ = std::make_unique<stream_management>(options);
}

bool connection_state::take_management(std::string_view text) {
  if (scanner_->namespace_uri() != ns::stream_management)
    return false;
  // Most streams that peers open have none: made once it is asked for.
  if (!management_ && authenticated_ && !outgoing() && leg_ != stream_leg::node_component) {
    make_management(stream_management::role::receiving);
    if (management_)
      management_->permit();
  }
  if (!management_)
    return false;
  if (auto element = stream_element::parse(text, header_))
    run(management_->on_element(element->root(), now()));
  return true;
}

void connection_state::scan_acknowledgements() {
  for (;;) {
    auto item = scanner_->next(input_->pending());
    auto text = input_->pending().substr(item.skip, item.length);
    input_->consume(item.status == scan_status::need_more ? item.skip : item.skip + item.length);
    switch (item.status) {
    case scan_status::element:
      // Stanzas are not taken any more, and so not acknowledged.
      take_management(text);
      break;
    case scan_status::need_more:
      return;
    default:
      input_->clear();
      return;
    }
  }
}

void connection_state::run(management_actions actions) {
  for (auto& action : actions)
    std::visit(
      [this](auto& x) {
        if constexpr (std::is_same_v<std::decay_t<decltype(x)>, send_xml>)
          outbox_->push(std::move(x.xml)); // no payload: it keeps no idle stream open
        else
          act(x);
      },
      action);
}

void connection_state::act(send_ahead& x) { outbox_->push_ahead(std::move(x.xml)); }

void connection_state::act(hold_written&) { outbox_->hold_written(); }

void connection_state::act(stop_holding& x) {
  stream_log().info("{} the peer does not acknowledge stanzas: {}", label(),
                    x.condition.empty() ? "no reason given" : x.condition);
  outbox_->stop_holding();
}

void connection_state::act(stanzas_acknowledged& x) {
  outbox_->acknowledge(x.count);
  last_progress_ = now();
  acknowledged_ = true;
}

void connection_state::act(management_enabled&) {
  stream_log().info("{} stanzas are acknowledged", label());
}

void connection_state::act(management_broken& x) {
  if (phase_ == phase::open)
    fail(x.error, failure_of(x.fault), x.detail, x.application);
}

/// So that a quiet stream is acknowledged at once.
void connection_state::ask_with_last_stanza() {
  if (management_ && phase_ == phase::open && writable_ && !outbox_->blocked()
      && outbox_->size() <= 2 * stream_management::few_stanzas
      && management_->before_flush(outbox_->to_hold(), now()))
    outbox_->push(stream_management::request_xml());
}

void connection_state::note_written() {
  if (!management_)
    return;
  auto x = outbox_->take_progress();
  run(management_->written(x.stanzas, x.octets, now()));
}

void connection_state::say_last_words() {
  if (!management_ || phase_ != phase::open
      || management_->state() == stream_management::phase::broken)
    return;
  if (management_->unacknowledged() > 0)
    outbox_->push(stream_management::request_xml());
  outbox_->push(management_->last_words());
}

} // namespace fedhub
