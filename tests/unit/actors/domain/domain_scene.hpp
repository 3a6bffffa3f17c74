// The domain actor until it has a connection. Tests of its later life need sockets.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/domain/spawn_domain.hpp"
#include "protocol/events/stream_action.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub::test {

/// A hub with fakes around the domain actor of partner.example.
class domain_scene : public hub_test {
protected:
  static constexpr std::string_view partner = "b@partner.example";
  /// The longest delay of a due event: queues are checked ten times a second.
  static constexpr std::chrono::milliseconds tick{100};

  domain_scene() { begin(""); }

  void begin(std::string_view text) {
    start(std::string{text} + own_domains);
    domain = keep(spawn_domain(system(), hub_, test::domain("partner.example"), hub_->table()));
    run();
  }

  void deliver(std::initializer_list<std::string_view> ids,
               std::string_view from = "a@corp.example") {
    post(domain, deliver_atom_v, messages(ids, partner, from));
  }
  static resolution_ptr failed(failure why, std::string detail = {}) {
    auto result = std::make_shared<resolution>();
    result->why = why;
    result->detail = std::move(detail);
    return result;
  }
  /// Returns one server, at an address that the kernel refuses to connect to, without sending a
  /// packet.
  static resolution_ptr unreachable() {
    auto result = std::make_shared<resolution>();
    result->targets = {
      {"chat.partner.example", 5269, 0, 0, {*socket_address::parse("224.0.0.1", 5269)}}};
    return result;
  }
  verification_ptr question(std::string id = "id-1", std::string value = "key") {
    verify_key key{{test::domain("partner.example"), test::domain("corp.example")},
                   std::move(id),
                   std::move(value)};
    return std::make_shared<const verification>(verification{key, {}, {}, {}});
  }
  verifier_actor verifier() { return spawn(fake_verifier, &asker); }

  /// Asks about a new key, for this party.
  void ask_for(dns_party party) {
    auto result = *question("id-" + std::to_string(++asked));
    result.asker = {party, stranger};
    post(domain, verify_atom_v, std::make_shared<const verification>(result), verifier());
  }

  const address_group stranger{*socket_address::parse("192.0.2.1", 5269)};
  int asked = 0;
  verifier_log asker;
  domain_actor domain;
};

} // namespace fedhub::test
