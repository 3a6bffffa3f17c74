// The protocol machine of a connection, for any kind of stream.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "actors/connection/component_role.hpp"
#include "actors/connection/incoming_role.hpp"
#include "actors/connection/outgoing_role.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Holds the role of one of the three kinds of stream. Its functions exist for every kind. A
/// function of one kind only is called on `incoming()`, `outgoing()` or `component()`. Belongs to
/// its connection.
class stream_role {
  template <class Role>
  Role* as() const {
    const auto* held = std::get_if<std::unique_ptr<Role>>(&role_);
    return held == nullptr ? nullptr : held->get();
  }
  template <class Function>
  decltype(auto) visit(Function function) const {
    return std::visit([&](auto& role) -> decltype(auto) { return function(*role); }, role_);
  }

public:
  /// Creates an empty role. Only `operator bool` may be called.
  stream_role() = default;
  template <class Role>
  stream_role(std::unique_ptr<Role> role) // NOLINT(google-explicit-constructor)
    : role_(std::move(role)) {}

  explicit operator bool() const {
    return std::visit([](auto& role) { return role != nullptr; }, role_);
  }

  /// Returns the role of that kind; null if the stream is of another kind.
  incoming_role* incoming() const { return as<incoming_role>(); }
  outgoing_role* outgoing() const { return as<outgoing_role>(); }
  component_role* component() const { return as<component_role>(); }

  /// @name Events. Each returns the actions to run, in order.
  /// @{
  stream_actions on_header(const stream_header& header) {
    return visit([&](auto& role) { return role.on_header(header); });
  }
  stream_actions on_element(const element_received& element) {
    return visit([&](auto& role) { return role.on_element(element); });
  }
  stream_actions on_excess(const excess_received& element) {
    return visit([&](auto& role) { return role.on_excess(element); });
  }
  /// Does nothing on a component's stream, which has no TLS.
  stream_actions on_tls_established() {
    return visit([](auto& role) {
      if constexpr (requires { role.on_tls_established(); })
        return role.on_tls_established();
      else
        return stream_actions{};
    });
  }
  stream_actions on_stream_end() {
    return visit([](auto& role) { return role.on_stream_end(); });
  }
  /// Ends the stream with an error. @param application XML of an application-specific child of the
  /// stream error; may be empty.
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application) {
    return visit([&](auto& role) { return role.fail(error, why, detail, application); });
  }
  stream_actions close(failure why) {
    return visit([&](auto& role) { return role.close(why); });
  }
  /// Judges the stream and everything it was granted by the configuration in force now.
  review on_rules(const former_rules& before) {
    return visit([&](auto& role) { return role.on_rules(before); });
  }
  /// @}

  /// Returns the reason for the end of the link when the peer has cut the stream.
  link_end cut(std::string_view detail) const {
    if (const auto* own = outgoing())
      return own->cut(detail);
    return {stream_error::none, failure::stream_closed, std::string{detail}};
  }
  /// Returns whether the stream may still send this stanza, after `on_rules` has taken back some of
  /// its pairs. @pre `from` and `to` of the stanza are known.
  bool still_sends(const stanza& stanza) const {
    return visit([&](auto& role) { return role.still_sends(stanza); });
  }

  /// @name Stanzas that the peer sends.
  /// @{
  /// Judges a stanza between these domains that comes on this stream. Returns `none` if it is
  /// accepted, else the error that ends the stream.
  stream_error take(const domain_name& from, const domain_name& to) {
    return visit([&](auto& role) { return role.take(from, to); });
  }
  /// Returns the pair that the stream speaks for and that equals these domains under IDNA2003
  /// (`same_under_either`); nothing if there is none. @pre `take` refuses `pair`.
  std::optional<domain_pair> same_pair(const domain_pair& pair) const {
    return visit([&](auto& role) { return role.same_pair(pair); });
  }
  /// Returns the domain in whose name the hub answers a stanza from `from` whose `to` holds no
  /// domain. Empty: the answer's `from` is the `to` unchanged. Nothing: the stream does not speak
  /// for `from`.
  std::optional<domain_name> counterpart_of(const domain_name& from) const {
    return visit([&](auto& role) { return role.counterpart_of(from); });
  }
  /// Returns the sender of a stanza without `from`. Returns nothing on a stream between servers,
  /// where `from` is required (RFC 6120 §8.1.2.2).
  std::optional<component_role::implied_sender> implied() {
    auto* node = component();
    return node == nullptr ? std::nullopt : node->implied();
  }
  /// @}

  /// Calls `f` for every authorised pair.
  template <class F>
  void for_each_pair(F f) const {
    visit([&](auto& role) { role.for_each_pair(f); });
  }
  /// Returns whether the stream carries stanzas in both directions (XEP-0288).
  bool bidi() const {
    return visit([](auto& role) { return role.bidi(); });
  }
  bool authenticated() const {
    return visit([](auto& role) { return role.authenticated(); });
  }
  /// Returns the content namespace of the hub's own header on this stream.
  std::string_view content_namespace() const {
    return visit([](auto& role) { return role.content_namespace(); });
  }
  /// Returns the machine's phase, for the log.
  std::string_view phase() const {
    return visit([](auto& role) { return role.phase(); });
  }
  const std::string& stream_id() const {
    return visit([](auto& role) -> const std::string& { return role.stream_id(); });
  }
  std::string peer_name() const {
    return visit([](auto& role) { return role.peer_name(); });
  }
  /// Returns the name of the TLS session to make: `to` of an incoming stream, else the target.
  const domain_name& tls_name() const {
    return visit([](auto& role) -> const domain_name& { return role.tls_name(); });
  }
  /// Returns the `from` and `to` of the header of an incoming S2S stream; either may be empty. Both
  /// are empty on other streams.
  domain_pair named() const {
    const auto* server = incoming();
    return server == nullptr ? domain_pair{} : server->named();
  }

private:
  std::variant<std::unique_ptr<incoming_role>, std::unique_ptr<outgoing_role>,
               std::unique_ptr<component_role>>
    role_;
};

} // namespace fedhub
