#include "metrics/labels.hpp"

#include <array>

namespace fedhub {

namespace {

/// The names of the enumerators, in their order. The array's size is the enum's `label_count`, so
/// one name too many does not compile. One name too few gives an empty label, for which a test
/// fails.
template <class Enum>
using names = std::array<std::string_view, label_count<Enum>>;

template <class Enum>
std::string_view name_of(const names<Enum>& table, Enum x) {
  return table[static_cast<size_t>(x)];
}

} // namespace

std::string_view to_string(stream_leg x) {
  static constexpr names<stream_leg> table{"s2s-in", "s2s-out", "node-component", "node-s2s-in",
                                           "node-s2s-out"};
  return name_of(table, x);
}

std::string_view to_string(stanza_direction x) {
  static constexpr names<stanza_direction> table{"from-world", "from-node"};
  return name_of(table, x);
}

std::string_view to_string(stream_state x) {
  static constexpr names<stream_state> table{"negotiating", "authenticated"};
  return name_of(table, x);
}

std::string_view to_string(stream_tls x) {
  static constexpr names<stream_tls> table{"plain", "tls"};
  return name_of(table, x);
}

std::string_view to_string(negotiation_result x) {
  static constexpr names<negotiation_result> table{"ok", "failed"};
  return name_of(table, x);
}

std::string_view to_string(dialback_role x) {
  static constexpr names<dialback_role> table{"initiating", "receiving", "authoritative"};
  return name_of(table, x);
}

std::string_view to_string(dialback_result x) {
  static constexpr names<dialback_result> table{"valid", "invalid", "error", "timeout"};
  return name_of(table, x);
}

std::string_view to_string(question_stream x) {
  static constexpr names<question_stream> table{"own", "shared", "fallback"};
  return name_of(table, x);
}

std::string_view to_string(dns_method x) {
  static constexpr names<dns_method> table{"srv", "address", "static-route", "literal", "cache"};
  return name_of(table, x);
}

std::string_view to_string(dns_result x) {
  static constexpr names<dns_result> table{"found",  "not-found", "no-service",
                                           "failed", "timeout",   "refused"};
  return name_of(table, x);
}

std::string_view to_string(dns_step x) {
  static constexpr names<dns_step> table{"srv", "address", "total"};
  return name_of(table, x);
}

std::string_view to_string(dns_view_result x) {
  static constexpr names<dns_view_result> table{"answered",  "no-data", "forwarded", "failed",
                                                "malformed", "refused", "limited",   "not-allowed"};
  return name_of(table, x);
}

std::string_view to_string(connect_result x) {
  static constexpr names<connect_result> table{"connected", "refused", "timeout", "unreachable",
                                               "cancelled"};
  return name_of(table, x);
}

std::string_view to_string(reply_result x) {
  static constexpr names<reply_result> table{"sent", "dropped"};
  return name_of(table, x);
}

std::string_view to_string(tls_role x) {
  static constexpr names<tls_role> table{"server", "client"};
  return name_of(table, x);
}

std::string_view to_string(tls_version x) {
  static constexpr names<tls_version> table{"1.2", "1.3"};
  return name_of(table, x);
}

std::string_view to_string(tls_session x) {
  static constexpr names<tls_session> table{"fresh", "resumed"};
  return name_of(table, x);
}

std::string_view to_string(resumption_role x) {
  static constexpr names<resumption_role> table{"initiating", "receiving"};
  return name_of(table, x);
}

std::string_view to_string(resumption_result x) {
  static constexpr names<resumption_result> table{"resumed", "refused"};
  return name_of(table, x);
}

std::string_view to_string(identity_method x) {
  static constexpr names<identity_method> table{"none", "pkix",     "dane",
                                                "pin",  "dialback", "configured"};
  return name_of(table, x);
}

std::string_view to_string(trust_violation x) {
  static constexpr names<trust_violation> table{"refused", "reported"};
  return name_of(table, x);
}

std::string_view to_string(unverified_outcome x) {
  static constexpr names<unverified_outcome> table{"let-pass", "reported", "refused"};
  return name_of(table, x);
}

std::string_view to_string(listener_kind x) {
  static constexpr names<listener_kind> table{"s2s", "s2s-direct-tls", "nodes"};
  return name_of(table, x);
}

std::string_view to_string(connection_limit x) {
  static constexpr names<connection_limit> table{"total", "address", "rate"};
  return name_of(table, x);
}

std::string_view to_string(takeover_result x) {
  static constexpr names<takeover_result> table{"granted", "refused"};
  return name_of(table, x);
}

std::string_view to_string(actor_kind x) {
  static constexpr names<actor_kind> table{"listener", "connection", "domain", "verifier",
                                           "node",     "router",     "other"};
  return name_of(table, x);
}

std::string_view to_string(reload_result x) {
  static constexpr names<reload_result> table{"applied", "rejected"};
  return name_of(table, x);
}

} // namespace fedhub
