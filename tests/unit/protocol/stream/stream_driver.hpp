// For tests and fuzz targets: plays the connection around a stream machine, with the scanner before
// it and the actions after it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/errors/stanza_error.hpp"
#include "protocol/events/sasl_step.hpp"
#include "protocol/stanza/stanza_kind.hpp"
#include "protocol/stream/component_stream.hpp"
#include "protocol/stream/incoming_stream.hpp"
#include "protocol/stream/outgoing_stream.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub::testing {

/// Returns an action as text.
inline std::string words(const stream_action& action) {
  auto pair = [](const domain_pair& x) { return x.from.str() + ">" + x.to.str(); };
  auto with = [](std::string text, std::string_view more) {
    return more.empty() ? text : text.append(" ").append(more);
  };
  return std::visit(
    [&](const auto& action) -> std::string {
      using type = std::decay_t<decltype(action)>;
      if constexpr (std::is_same_v<type, send_xml>)
        return "send " + action.xml;
      else if constexpr (std::is_same_v<type, start_tls>)
        return "start tls";
      else if constexpr (std::is_same_v<type, restart_stream>)
        return "restart";
      else if constexpr (std::is_same_v<type, stream_ready>)
        return "ready";
      else if constexpr (std::is_same_v<type, verify_key>)
        return "verify " + pair(action.pair) + " " + action.key;
      else if constexpr (std::is_same_v<type, pair_authorised>)
        return with(
          "authorised " + pair(action.pair),
          action.how == proof_method::dialback ? "" : "by " + std::string{to_string(action.how)});
      else if constexpr (std::is_same_v<type, reverse_authorised>)
        return "reverse " + pair(action.pair);
      else if constexpr (std::is_same_v<type, pair_refused>)
        return with("refused " + pair(action.pair) + " " + std::string{to_string(action.why)},
                    action.detail);
      else if constexpr (std::is_same_v<type, pair_denied>)
        return "denied " + pair(action.pair) + " " + std::string{to_string(action.why)};
      else if constexpr (std::is_same_v<type, key_answered>)
        return with("answered " + pair(action.pair) + " " + action.stream_id + " "
                      + std::string{to_string(action.outcome)},
                    action.condition);
      else if constexpr (std::is_same_v<type, dialback_seen>)
        return with((action.sent ? "sent " : "saw ") + std::string{to_string(action.step)} + " "
                      + pair(action.pair),
                    action.outcome == dialback_outcome::none ? "" : to_string(action.outcome));
      else if constexpr (std::is_same_v<type, peer_limits>)
        return "limits " + std::to_string(action.max_bytes) + " "
               + std::to_string(action.idle_seconds);
      else if constexpr (std::is_same_v<type, sasl_seen>) {
        const auto step = (action.sent ? "sent " : "saw ") + std::string{to_string(action.step)};
        return action.step == sasl_step::failure
                 ? with(step + " " + std::string{to_string(action.why)}, action.detail)
                 : step;
      } else if constexpr (std::is_same_v<type, component_authenticated>)
        return "candidate " + std::to_string(action.candidate);
      else
        return with("close " + std::string{to_string(action.error)} + " "
                      + std::string{to_string(action.why)},
                    action.detail);
    },
    action);
}

/// Feeds octets to a machine as a connection does, runs its actions, and checks the promises of
/// every machine: see `violation`.
template <class Machine>
class stream_driver {
public:
  using lines = std::vector<std::string>;

  explicit stream_driver(Machine& machine) : machine_(machine) {}

  /// Prepares for another machine: forgets the former one's stream, but not its violations.
  void renew() {
    restart();
    header_ = {};
    sent_.clear();
    closed_ = footer_ = false;
  }

  /// Sets the limits of the peer's elements, from the next one on.
  void limit(const xml_limits& x) { scanner_.set_limits(x); }

  /// Runs actions that the machine returned. @returns them as text.
  lines run(const stream_actions& actions) {
    if (watch)
      watch(actions);
    lines out;
    for (const auto& action : actions) {
      if (closed_)
        blame("an action after close_stream");
      std::visit([this](const auto& y) { this->apply(y); }, action);
      out.push_back(words(action));
    }
    if (closed_ != (machine_.state() == Machine::phase::closed))
      blame("phase closed without close_stream, or the other way round");
    return out;
  }

  /// Has the peer write these octets. @returns all resulting actions as text.
  lines receive(std::string_view octets) {
    pending_.append(octets);
    lines all;
    while (!closed_) {
      const auto item = scanner_.next(pending_);
      if (item.status == scan_status::need_more) {
        pending_.erase(0, item.skip);
        break;
      }
      const auto text = pending_.substr(item.skip, item.length);
      restarted_ = false;
      auto some = run(deliver(item, text, pending_.size() > item.skip + item.length));
      all.insert(all.end(), some.begin(), some.end());
      if (item.status == scan_status::error)
        break;
      if (!restarted_)
        pending_.erase(0, item.skip + item.length);
    }
    return all;
  }

  /// Returns the first broken promise; empty if all were kept. The promises: nothing after the
  /// close, one header for each start or restart, a header before anything else, only well-formed
  /// XML, a footer exactly at the end.
  const std::string& violation() const { return violation_; }
  /// Called with all actions before they are run.
  std::function<void(const stream_actions&)> watch;
  /// Returns the octets of the last header.
  const std::string& last_header() const { return last_header_; }
  const std::string& last_element() const { return last_element_; }
  /// Returns the number of incoming stanzas that were accepted.
  size_t stanzas() const { return stanzas_; }
  bool closed() const { return closed_; }

private:
  stream_actions deliver(const scan_result& item, std::string_view text, bool followed) {
    switch (item.status) {
    case scan_status::header:
      last_header_ = text;
      header_ = parse_stream_header(text, scanner_);
      return machine_.on_header(header_);
    case scan_status::element:
      last_element_ = text;
      if (scanner_.namespace_uri() == header_.content_namespace
          && parse_stanza_kind(scanner_.tag().name.of(text)) != stanza_kind::none)
        return deliver_stanza(text);
      if (past_limits(scanner_.tag().obstacle))
        return machine_.on_excess(
          {scanner_.tag().name.of(text), scanner_.namespace_uri(), scanner_.tag().obstacle});
      return machine_.on_element({text, header_.bindings, followed});
    case scan_status::stream_end:
      return machine_.on_stream_end();
    default:
      return machine_.fail(item.error, failure::stream_invalid, item.reason);
    }
  }

  stream_actions deliver_stanza(std::string_view text) {
    if constexpr (std::is_same_v<Machine, outgoing_stream>) {
      const auto& tag = scanner_.tag();
      const auto from = domain_name::parse(unescape(tag.from.of(text)));
      const auto to = domain_name::parse(unescape(tag.to.of(text)));
      if (!from || !to || !machine_.takes({*from, *to}))
        return machine_.on_stanza();
    } else if constexpr (std::is_same_v<Machine, incoming_stream>) {
      const auto& tag = scanner_.tag();
      const auto from = domain_name::parse(unescape(tag.from.of(text)));
      const auto to = domain_name::parse(unescape(tag.to.of(text)));
      if (!from || !to)
        return machine_.fail(stream_error::improper_addressing, failure::stream_invalid, "");
      if (!machine_.authorised({*from, *to}))
        return machine_.fail(machine_.refusal({*from, *to}), failure::stream_invalid, "");
    } else if (!machine_.authenticated()) {
      return machine_.fail(stream_error::not_authorized, failure::stream_invalid, "");
    }
    ++stanzas_;
    return {};
  }

  void apply(const send_xml& output) {
    if (in_tls_handshake_)
      blame("sends XML into the TLS handshake");
    sent_ += output.xml;
    for (;;) {
      const auto item = mirror_.next(sent_);
      if (item.status == scan_status::need_more)
        break;
      if (item.status == scan_status::error)
        return blame("sends XML that is refused: " + std::string{item.reason} + " in " + sent_);
      if (item.status == scan_status::header && ++headers_ > 1)
        blame("two headers on one stream");
      footer_ = item.status == scan_status::stream_end;
      sent_.erase(0, item.skip + item.length);
    }
    if (!sent_.empty())
      blame("sends half an element: " + sent_);
  }

  void apply(const start_tls&) {
    in_tls_handshake_ = true;
    pending_.clear(); // RFC 6120 §5.4.3.3
  }
  void apply(const restart_stream&) { restart(); }
  void apply(const close_stream&) {
    closed_ = true;
    if (headers_ > 0 && !footer_ && !in_tls_handshake_)
      blame("closed without a footer");
  }
  template <class Other>
  void apply(const Other&) {}

  void restart() {
    scanner_.reset();
    mirror_.reset();
    pending_.clear();
    restarted_ = true;
    in_tls_handshake_ = false;
    headers_ = 0;
  }

  void blame(std::string what) {
    if (violation_.empty())
      violation_ = std::move(what);
  }

  Machine& machine_;
  xml_scanner scanner_{xml_limits{}};
  xml_scanner mirror_{xml_limits{}}; ///< reads the machine's output.
  stream_header header_;
  std::string pending_, sent_, violation_, last_header_, last_element_;
  size_t headers_ = 0;
  size_t stanzas_ = 0;
  bool closed_ = false;
  bool footer_ = false;
  bool restarted_ = false;
  bool in_tls_handshake_ = false;
};

} // namespace fedhub::testing
