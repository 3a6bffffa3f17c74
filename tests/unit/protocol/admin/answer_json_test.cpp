#include "protocol/admin/answer_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "protocol/admin/problem_document.hpp"

namespace fedhub::admin {
namespace {

using namespace std::chrono;
using nlohmann::json;

const clock_time noon = sys_days{2026y / November / 30} + 12h;

/// Returns the names of an object's fields.
std::vector<std::string> fields_of(const json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items())
    names.push_back(name);
  return names;
}

stream_row full_stream() {
  stream_row row;
  row.id = 7;
  row.leg = "s2s-in";
  row.state = "authenticated";
  row.peer = "partner.example";
  row.address = "192.0.2.7:40000";
  row.opened = noon;
  auto& more = row.more.emplace();
  const auto partner = *domain_name::parse("partner.example");
  more.pairs = {{{partner, *domain_name::parse("corp.example")}, "pkix"}};
  more.pair_count = 1;
  more.tls = "1.3";
  more.cipher = "TLS_AES_256_GCM_SHA384";
  more.group = "x25519";
  more.certificate =
    certificate_row{"ok", "CN=partner.example", "CN=ca", "ab12", sys_days{2027y / January / 1}};
  more.idle_s = 1.5;
  more.traffic.stanzas_in = 3;
  more.features = {"bidi", "sm"};
  return row;
}

TEST(AnswerJson, shows_a_stream_with_the_fields_of_the_contract) {
  const auto object = json::parse(json_of(full_stream()));
  EXPECT_EQ(object["opened"], "2026-11-30T12:00:00.000Z");
  EXPECT_EQ(object["pairs"][0],
            json::parse(R"({"from": "partner.example", "to": "corp.example", "proof": "pkix"})"));
  EXPECT_EQ(object["certificate"]["not_after"], "2027-01-01T00:00:00Z");
  EXPECT_EQ(object["features"], json::parse(R"(["bidi", "sm"])"));
  for (const auto* field : {"id",           "leg",
                            "state",        "peer",
                            "pairs",        "tls",
                            "cipher",       "group",
                            "certificate",  "opened",
                            "idle_s",       "stanzas_in",
                            "stanzas_out",  "bytes_in",
                            "bytes_out",    "outbox_stanzas",
                            "outbox_bytes", "unacknowledged",
                            "paused",       "features"})
    EXPECT_TRUE(object.contains(field)) << field;
}

TEST(AnswerJson, leaves_out_the_fields_of_a_stream_that_have_no_value) {
  stream_row row;
  row.id = 7;
  row.leg = "s2s-in";
  row.state = "negotiating";
  EXPECT_EQ(fields_of(json::parse(json_of(row))),
            (std::vector<std::string>{"id", "leg", "opened", "state"}));
  row.more.emplace(); // in clear text
  const auto object = json::parse(json_of(row));
  for (const auto* field : {"peer", "tls", "cipher", "group", "certificate"})
    EXPECT_FALSE(object.contains(field)) << field;
}

TEST(AnswerJson, replaces_octets_of_peers_that_are_not_utf_8) {
  stream_row row;
  row.peer = "bad\xff\x80name";
  EXPECT_EQ(json::parse(json_of(row))["peer"], "bad\xEF\xBF\xBD\xEF\xBF\xBDname");
}

TEST(AnswerJson, shows_why_a_domain_fails) {
  domain_row row;
  row.name = "partner.example";
  row.state = domain_state::failing;
  row.failing_since = noon;
  row.why = failure::dns_not_found;
  row.attempt_count = 2;
  row.next_attempt = noon + 30s;
  const auto object = json::parse(json_of(page<domain_row>{{row}, 12, "0:partner.example"}));
  EXPECT_EQ(object["total"], 12);
  EXPECT_EQ(object["next"], "0:partner.example");
  const auto& item = object["items"][0];
  EXPECT_EQ(item["state"], "failing");
  EXPECT_EQ(item["failure"], "dns-not-found");
  EXPECT_EQ(item["detail"], describe(failure::dns_not_found)); // there is no closer one
  EXPECT_EQ(item["next_attempt"], "2026-11-30T12:00:30.000Z");
  EXPECT_FALSE(item.contains("last_success"));
}

TEST(AnswerJson, shows_an_attempt_with_its_steps) {
  domain_details details;
  auto& attempt = details.attempts.emplace_back();
  attempt.started = noon;
  attempt.ended = noon + 1500ms;
  attempt.outcome = attempt_outcome::failed;
  attempt.why = failure::tls_failed;
  attempt.detail = "bad record";
  attempt.target = "192.0.2.7:5269";
  attempt.steps = {{attempt_step::connect, noon, 0.25, attempt_outcome::ok},
                   {attempt_step::tls, noon + 250ms, 1.25, attempt_outcome::failed}};
  details.attempts.push_back({.started = noon, .steps = {{attempt_step::resolve, noon, {}, {}}}});
  const auto attempts = json::parse(json_of(details))["attempts"];
  EXPECT_EQ(attempts[0], json::parse(R"({
    "started": "2026-11-30T12:00:00.000Z", "ended": "2026-11-30T12:00:01.500Z",
    "outcome": "failed", "failure": "tls-failed", "detail": "bad record",
    "target": "192.0.2.7:5269", "steps": [
      {"step": "connect", "started": "2026-11-30T12:00:00.000Z", "duration_s": 0.25,
       "outcome": "ok"},
      {"step": "tls", "started": "2026-11-30T12:00:00.250Z", "duration_s": 1.25,
       "outcome": "failed", "failure": "tls-failed", "detail": "bad record"}]})"));
  EXPECT_EQ(attempts[1], json::parse(R"({
    "started": "2026-11-30T12:00:00.000Z",
    "steps": [{"step": "resolve", "started": "2026-11-30T12:00:00.000Z"}]})"));
}

TEST(AnswerJson, shows_the_certificate_of_the_stream_that_was_opened_last) {
  domain_details details;
  details.streams = {full_stream(), full_stream(), full_stream(), full_stream()};
  details.streams[0].more->certificate->subject = "CN=first";
  details.streams[1].more->certificate->subject = "CN=second";
  details.streams[2].more->certificate->presented = false;
  details.streams[3].more->certificate.reset();
  EXPECT_EQ(json::parse(json_of(details))["certificate"]["subject"], "CN=second");
  for (auto& stream : details.streams)
    stream.more.reset();
  EXPECT_FALSE(json::parse(json_of(details)).contains("certificate"));
}

TEST(AnswerJson, has_no_next_on_the_last_page) {
  EXPECT_EQ(json::parse(json_of(page<node_row>{})), json::parse(R"({"items": [], "total": 0})"));
}

TEST(AnswerJson, shows_the_health_of_a_node_only_if_it_is_known) {
  node_row row{
    .name = "cm", .protocol = "s2s", .domains = {"*.corp.example"}, .links = {}, .why = {}};
  const auto health = [&] {
    return json::parse(json_of(page<node_row>{{row}, 1, {}}))["items"][0].value("health", "-");
  };
  EXPECT_EQ(health(), "-");
  row.health = node_health::up;
  EXPECT_EQ(health(), "up");
  row.health = node_health::degraded;
  EXPECT_EQ(health(), "degraded");
  row.health = node_health::down;
  EXPECT_EQ(health(), "down");
}

TEST(AnswerJson, shows_the_status) {
  hub_status status;
  status.name = "hub-1";
  status.version = "1";
  status.since = noon;
  status.listeners = {{"s2s", "[::]:5269"}};
  status.domains[static_cast<size_t>(domain_state::failing)] = 4;
  status.streams[{"s2s-in", "authenticated"}] = 9;
  status.not_ready = "stopping";
  status.certificates = {{"self-signed", 364.98166}};
  const auto object = json::parse(json_of(status));
  EXPECT_EQ(object["counts"]["domains"]["failing"], 4);
  EXPECT_EQ(object["counts"]["domains"].size(), domain_state_count);
  EXPECT_EQ(object["counts"]["streams"]["s2s-in"]["authenticated"], 9);
  EXPECT_EQ(object["listeners"][0]["address"], "[::]:5269");
  EXPECT_EQ(object["not_ready"], "stopping");
  EXPECT_EQ(object["certificates"],
            json::parse(R"([{"name": "self-signed", "days_left": 364.98}])"));
}

TEST(ProblemDocument, has_the_members_of_rfc_9457) {
  EXPECT_EQ(json::parse(problem_document{404, "there is no stream 7"}.json()),
            json::parse(R"({"type": "about:blank", "title": "Not Found", "status": 404,
                            "detail": "there is no stream 7"})"));
}

} // namespace
} // namespace fedhub::admin
