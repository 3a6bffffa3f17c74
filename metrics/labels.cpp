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

std::string_view to_string(stream_leg leg) {
  static constexpr names<stream_leg> table{"s2s-in", "s2s-out", "node-component", "node-s2s-in",
                                           "node-s2s-out"};
  return name_of(table, leg);
}

std::string_view to_string(stanza_direction direction) {
  static constexpr names<stanza_direction> table{"from-world", "from-node"};
  return name_of(table, direction);
}

std::string_view to_string(stream_state stream) {
  static constexpr names<stream_state> table{"negotiating", "authenticated"};
  return name_of(table, stream);
}

std::string_view to_string(stream_tls tls) {
  static constexpr names<stream_tls> table{"plain", "tls"};
  return name_of(table, tls);
}

std::string_view to_string(negotiation_result result) {
  static constexpr names<negotiation_result> table{"ok", "failed"};
  return name_of(table, result);
}

std::string_view to_string(dialback_role role) {
  static constexpr names<dialback_role> table{"initiating", "receiving", "authoritative"};
  return name_of(table, role);
}

std::string_view to_string(dialback_result result) {
  static constexpr names<dialback_result> table{"valid", "invalid", "error", "timeout"};
  return name_of(table, result);
}

std::string_view to_string(question_stream stream) {
  static constexpr names<question_stream> table{"own", "shared", "fallback"};
  return name_of(table, stream);
}

std::string_view to_string(dns_method method) {
  static constexpr names<dns_method> table{"srv", "address", "static-route", "literal", "cache"};
  return name_of(table, method);
}

std::string_view to_string(dns_result result) {
  static constexpr names<dns_result> table{"found",  "not-found", "no-service",
                                           "failed", "timeout",   "refused"};
  return name_of(table, result);
}

std::string_view to_string(dns_step step) {
  static constexpr names<dns_step> table{"srv", "address", "total"};
  return name_of(table, step);
}

std::string_view to_string(dns_view_result result) {
  static constexpr names<dns_view_result> table{"answered",  "no-data", "forwarded", "failed",
                                                "malformed", "refused", "limited",   "not-allowed"};
  return name_of(table, result);
}

std::string_view to_string(connect_result result) {
  static constexpr names<connect_result> table{"connected", "refused", "timeout", "unreachable",
                                               "cancelled"};
  return name_of(table, result);
}

std::string_view to_string(reply_result result) {
  static constexpr names<reply_result> table{"sent", "dropped"};
  return name_of(table, result);
}

std::string_view to_string(tls_role role) {
  static constexpr names<tls_role> table{"server", "client"};
  return name_of(table, role);
}

std::string_view to_string(tls_version version) {
  static constexpr names<tls_version> table{"1.2", "1.3"};
  return name_of(table, version);
}

std::string_view to_string(tls_session session) {
  static constexpr names<tls_session> table{"fresh", "resumed"};
  return name_of(table, session);
}

std::string_view to_string(resumption_role role) {
  static constexpr names<resumption_role> table{"initiating", "receiving"};
  return name_of(table, role);
}

std::string_view to_string(resumption_result result) {
  static constexpr names<resumption_result> table{"resumed", "refused"};
  return name_of(table, result);
}

std::string_view to_string(identity_method method) {
  static constexpr names<identity_method> table{"none", "pkix",     "dane",
                                                "pin",  "dialback", "configured"};
  return name_of(table, method);
}

std::string_view to_string(trust_violation violation) {
  static constexpr names<trust_violation> table{"refused", "reported"};
  return name_of(table, violation);
}

std::string_view to_string(unverified_outcome outcome) {
  static constexpr names<unverified_outcome> table{"let-pass", "reported", "refused"};
  return name_of(table, outcome);
}

std::string_view to_string(listener_kind kind) {
  static constexpr names<listener_kind> table{"s2s", "s2s-direct-tls", "nodes"};
  return name_of(table, kind);
}

std::string_view to_string(connection_limit limit) {
  static constexpr names<connection_limit> table{"total", "address", "rate"};
  return name_of(table, limit);
}

std::string_view to_string(takeover_result result) {
  static constexpr names<takeover_result> table{"granted", "refused"};
  return name_of(table, result);
}

std::string_view to_string(notification_kind kind) {
  static constexpr names<notification_kind> table{"certificate",     "domain-without-certificate",
                                                  "node-down",       "node-contested",
                                                  "partner-failing", "refusals",
                                                  "configuration",   "lost-log-lines",
                                                  "lost-events",     "dns",
                                                  "clock",           "open-files",
                                                  "unverified-peers"};
  return name_of(table, kind);
}

std::string_view to_string(notification_severity severity) {
  static constexpr names<notification_severity> table{"warning", "error"};
  return name_of(table, severity);
}

std::string_view to_string(actor_kind kind) {
  static constexpr names<actor_kind> table{"listener", "connection", "domain", "verifier",
                                           "node",     "router",     "other"};
  return name_of(table, kind);
}

std::string_view to_string(reload_result result) {
  static constexpr names<reload_result> table{"applied", "rejected"};
  return name_of(table, result);
}

} // namespace fedhub
