// Resolutions as conversations: the questions of a lookup, the answers that it gets, its result.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "actors/dns/resolver_lookup.hpp"

namespace fedhub::test {

using kind = dns_answer::kind;

inline const dns_question srv{"_xmpp-server._tcp.partner.example", dns_type::srv};
inline const dns_question direct_srv{"_xmpps-server._tcp.partner.example", dns_type::srv};

// 192.9.2.0/24 and 2001:db9::/32 serve as public addresses, since the hub takes addresses for
// documentation as unreachable.

/// For tests that need only one kind of service.
inline const lookup_rules starttls_only{.services = service_kinds::starttls};

inline dns_question a(std::string name) { return {std::move(name), dns_type::a}; }
inline dns_question aaaa(std::string name) { return {std::move(name), dns_type::aaaa}; }

inline dns_answer services(std::vector<srv_record> records) {
  dns_answer result;
  result.what = kind::records;
  result.services = std::move(records);
  return result;
}

inline dns_answer addresses(std::initializer_list<const char*> ips) {
  dns_answer result;
  result.what = kind::records;
  for (auto ip : ips)
    result.addresses.push_back(*socket_address::parse(ip, 0));
  return result;
}

inline dns_answer no(kind what, std::string detail = "") {
  dns_answer result;
  result.what = what;
  result.detail = std::move(detail);
  return result;
}

/// A random source that always gives 0: the first target by RFC 2782, and the given order among
/// targets of weight 0.
inline uint32_t least(uint32_t) { return 0; }

/// One resolution. The test gives the answers and turns the clock.
class conversation {
public:
  explicit conversation(std::string_view domain = "partner.example",
                        lookup_rules rules = starttls_only)
    : machine{*domain_name::parse(domain), rules, least, now} {}
  explicit conversation(const std::vector<given_target>& targets, lookup_rules rules = {})
    : machine{*domain_name::parse("partner.example"), targets, rules, least, now} {}

  /// Begins a lookup of a host and port that a server named.
  static conversation about(std::string_view host, uint16_t port, lookup_rules rules = {}) {
    return conversation{resolver_lookup{*domain_name::parse(host), port, rules, least, {}}};
  }

  std::vector<std::string> asks() {
    std::vector<std::string> result;
    for (const auto& x : machine.take_questions())
      result.push_back(x.str());
    return result;
  }
  conversation& answers(const dns_question& question, const dns_answer& answer,
                        bool cached = false) {
    machine.on_answer(question, answer, cached, now);
    return *this;
  }
  conversation& elapses(std::chrono::milliseconds x) {
    now += x;
    machine.on_time(now);
    return *this;
  }
  const resolution& outcome() {
    EXPECT_TRUE(machine.done());
    return machine.outcome();
  }
  const resolution& outcome_so_far() const { return machine.outcome(); }
  failure why() { return outcome().why; }
  std::vector<std::string> found() {
    std::vector<std::string> result;
    for (const auto& target : outcome().targets)
      for (const auto& address : target.addresses)
        result.push_back(target.host + " " + address.str());
    return result;
  }

  resolver_lookup::time_point now{};
  resolver_lookup machine;

private:
  explicit conversation(resolver_lookup x) : machine(std::move(x)) {}
};

/// Returns the targets as "priority host:port", after "direct" if TLS is direct.
inline std::vector<std::string> kinds(conversation& conversation) {
  std::vector<std::string> result;
  for (const auto& target : conversation.outcome().targets)
    result.push_back((target.direct_tls ? "direct " : "") + std::to_string(target.priority) + " "
                     + target.host + ":" + std::to_string(target.port));
  return result;
}

/// Answers all questions about addresses.
inline conversation& finds_addresses(conversation& conversation) {
  for (const auto& question : conversation.machine.take_questions())
    if (question.type == dns_type::a)
      conversation.answers(question, addresses({"192.9.2.1"}));
    else
      conversation.answers(question, no(kind::no_data));
  return conversation;
}

} // namespace fedhub::test
