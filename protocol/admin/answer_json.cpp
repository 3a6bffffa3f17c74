#include "protocol/admin/answer_json.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {

namespace {

using json = nlohmann::ordered_json; // keeps the contract's order of fields

std::string text_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

void put(json& object, const char* key, std::string_view text) {
  if (!text.empty())
    object[key] = text;
}

void put(json& object, const char* key, const std::optional<clock_time>& time) {
  if (time)
    object[key] = rfc3339(*time);
}

double to_the_microsecond(double number) { return std::round(number * 1e6) / 1e6; }
double to_the_hundredth(double number) { return std::round(number * 100) / 100; }

void put(json& object, const traffic_row& traffic) {
  object["stanzas_in"] = traffic.stanzas_in;
  object["stanzas_out"] = traffic.stanzas_out;
  object["bytes_in"] = traffic.bytes_in;
  object["bytes_out"] = traffic.bytes_out;
}

json pair_of(const pair_row& row) {
  return {{"from", row.pair.from.str()}, {"to", row.pair.to.str()}, {"proof", row.proof}};
}

json certificate_of(const certificate_row& certificate) {
  json object = json::object();
  put(object, "verdict", certificate.verdict);
  put(object, "subject", certificate.subject);
  put(object, "issuer", certificate.issuer);
  put(object, "sha256", certificate.sha256);
  if (certificate.not_after)
    object["not_after"] = rfc3339(*certificate.not_after);
  return object;
}

json object_of(const stream_row& row) {
  json object{{"id", row.id}, {"leg", row.leg}, {"state", row.state}};
  put(object, "peer", row.peer);
  put(object, "address", row.address);
  object["opened"] = rfc3339(row.opened);
  if (!row.more)
    return object;
  const auto& more = *row.more;
  auto& pairs = object["pairs"] = json::array();
  for (const auto& pair : more.pairs)
    pairs.push_back(pair_of(pair));
  object["pair_count"] = more.pair_count;
  put(object, "tls", more.tls);
  put(object, "cipher", more.cipher);
  put(object, "group", more.group);
  if (more.certificate)
    object["certificate"] = certificate_of(*more.certificate);
  object["idle_s"] = more.idle_s;
  put(object, more.traffic);
  object["outbox_stanzas"] = more.outbox_stanzas;
  object["outbox_bytes"] = more.outbox_bytes;
  object["unacknowledged"] = more.unacknowledged;
  object["paused"] = more.paused;
  object["features"] = more.features;
  return object;
}

json object_of(const domain_row& row) {
  json object{{"name", row.name}, {"state", to_string(row.state)}};
  put(object, "since", row.since);
  object["streams_in"] = row.streams_in;
  object["streams_out"] = row.streams_out;
  put(object, "last_success", row.last_success);
  put(object, "failing_since", row.failing_since);
  if (row.why != failure::none) {
    object["failure"] = to_string(row.why);
    put(object, "detail", row.detail.empty() ? describe(row.why) : std::string_view{row.detail});
  }
  object["attempt_count"] = row.attempt_count;
  put(object, "next_attempt", row.next_attempt);
  object["queued_stanzas"] = row.queued_stanzas;
  object["queued_bytes"] = row.queued_bytes;
  object["senders_affected"] = row.senders_affected;
  put(object, "proof_in", row.in.proof);
  put(object, "proof_out", row.out.proof);
  put(object, "tls_in", row.in.tls);
  put(object, "tls_out", row.out.tls);
  put(object, row.traffic);
  return object;
}

void put(json& object, failure why, std::string_view detail) {
  object["failure"] = to_string(why);
  put(object, "detail", detail.empty() ? describe(why) : detail);
}

json object_of(const attempt_row& row) {
  json object{{"started", rfc3339(row.started)}};
  put(object, "ended", row.ended);
  put(object, "outcome", to_string(row.outcome));
  if (row.why != failure::none)
    put(object, row.why, row.detail);
  put(object, "target", row.target);
  auto& steps = object["steps"] = json::array();
  for (const auto& step : row.steps) {
    auto& shown =
      steps.emplace_back(json{{"step", to_string(step.step)}, {"started", rfc3339(step.started)}});
    if (step.duration_s)
      shown["duration_s"] = to_the_microsecond(*step.duration_s);
    put(shown, "outcome", to_string(step.outcome));
    if (step.outcome == attempt_outcome::failed && row.why != failure::none)
      put(shown, row.why, row.detail);
  }
  return object;
}

json object_of(const rule_row& row) {
  json object{{"trust", row.trust},
              {"methods", row.methods},
              {"security_mode", row.security_mode},
              {"privacy_mode", row.privacy_mode}};
  put(object, "pattern", row.pattern);
  return object;
}

/// Returns the certificate that the domain has presented on the stream opened last.
const certificate_row* certificate_of(const domain_details& domain) {
  for (auto stream = domain.streams.rbegin(); stream != domain.streams.rend(); ++stream)
    if (stream->more && stream->more->certificate && stream->more->certificate->presented)
      return &*stream->more->certificate;
  return nullptr;
}

json object_of(const node_row& row) {
  json object{{"name", row.name}, {"protocol", row.protocol}, {"domains", row.domains}};
  auto& links = object["links"] = json::array();
  for (const auto& link : row.links)
    links.push_back({{"address", link.address}, {"since", rfc3339(link.since)}});
  put(object, "health", to_string(row.health));
  put(object, "why", row.why);
  put(object, "last_error", row.last_error);
  return object;
}

json object_of(const notification_row& row) {
  json object{{"id", row.id},
              {"kind", row.kind},
              {"severity", row.severity},
              {"since", rfc3339(row.since)},
              {"text", row.text},
              {"remedy", row.remedy}};
  put(object, "acknowledged_by", row.acknowledged_by);
  return object;
}

template <class Row>
std::string text_of_page(const page<Row>& from) {
  json object;
  auto& items = object["items"] = json::array();
  for (const auto& row : from.items)
    items.push_back(object_of(row));
  object["total"] = from.total;
  put(object, "next", from.next);
  return text_of(object);
}

json counts_of(const hub_status& status) {
  json domains = json::object();
  for (size_t i = 0; i < status.domains.size(); ++i)
    domains[std::string{to_string(static_cast<domain_state>(i))}] = status.domains[i];
  json streams = json::object();
  for (const auto& [words, count] : status.streams)
    streams[std::string{words.first}][std::string{words.second}] = count;
  return {{"domains", std::move(domains)},
          {"streams", std::move(streams)},
          {"queued_stanzas", status.queued_stanzas},
          {"queued_bytes", status.queued_bytes}};
}

} // namespace

std::string json_of(const hub_status& status) {
  json object{{"name", status.name},
              {"version", status.version},
              {"role", status.role},
              {"since", rfc3339(status.since)},
              {"ready", status.ready}};
  put(object, "not_ready", status.not_ready);
  auto& listeners = object["listeners"] = json::array();
  for (const auto& listener : status.listeners)
    listeners.push_back({{"key", listener.key}, {"address", listener.address}});
  object["config"] = {{"applied", rfc3339(status.configured)}};
  object["federation"] = status.federates;
  object["counts"] = counts_of(status);
  object["notifications"] = status.notifications;
  auto& nodes = object["nodes"] = json::array();
  for (const auto& node : status.nodes)
    nodes.push_back(object_of(node));
  auto& certificates = object["certificates"] = json::array();
  for (const auto& certificate : status.certificates)
    certificates.push_back(
      {{"name", certificate.name}, {"days_left", to_the_hundredth(certificate.days_left)}});
  return text_of(object);
}

std::string json_of(const attempt_row& attempt) { return text_of(object_of(attempt)); }
std::string json_of(const stream_row& stream) { return text_of(object_of(stream)); }

std::string json_of(const domain_details& domain) {
  auto object = object_of(domain.row);
  auto& streams = object["streams"] = json::array();
  for (const auto& stream : domain.streams)
    streams.push_back(object_of(stream));
  object["stream_count"] = domain.stream_count;
  object["rule"] = object_of(domain.rule);
  if (const auto* certificate = certificate_of(domain); certificate != nullptr)
    object["certificate"] = certificate_of(*certificate);
  auto& attempts = object["attempts"] = json::array();
  for (const auto& attempt : domain.attempts)
    attempts.push_back(object_of(attempt));
  for (const auto& text : domain.past_attempts)
    if (auto attempt = json::parse(text, nullptr, false); attempt.is_object())
      attempts.push_back(std::move(attempt));
  return text_of(object);
}

std::string json_of(const page<stream_row>& streams) { return text_of_page(streams); }
std::string json_of(const page<domain_row>& domains) { return text_of_page(domains); }
std::string json_of(const page<notification_row>& notifications) {
  return text_of_page(notifications);
}
std::string json_of(const page<node_row>& nodes) { return text_of_page(nodes); }

} // namespace fedhub::admin
