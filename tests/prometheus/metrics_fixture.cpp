// Serves the metrics of a hub that was busy and is idle now, on a free port that it prints. Runs
// until its standard input ends.
#include <chrono>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "metrics/http/http_exporter.hpp"
#include "metrics/hub_metrics.hpp"

namespace {

using namespace fedhub;
using namespace std::chrono_literals;

void open_streams(hub_metrics& metrics) {
  for (const auto leg : {stream_leg::s2s_in, stream_leg::s2s_out, stream_leg::node_component}) {
    metrics.streams_opened.at(leg).Increment(3);
    metrics.streams.at(leg, stream_state::authenticated, stream_tls::tls).Increment(2);
    metrics.negotiations.at(leg, negotiation_result::ok).Increment(2);
    metrics.negotiations.at(leg, negotiation_result::failed).Increment();
    metrics.negotiation_failures.at(leg, failure::tls_not_offered).Increment();
    metrics.streams_closed.at(leg, failure::tls_not_offered).Increment();
    metrics.negotiation_duration.at(leg).Observe(0.12);
    metrics.octets_received.at(leg).Increment(123'456);
    metrics.octets_sent.at(leg).Increment(654'321);
    metrics.pauses.at(leg).Increment();
  }
  metrics.connect_attempts.at(connect_result::connected).Increment(3);
  metrics.connections_accepted.at(listener_kind::s2s).Increment(3);
  metrics.connections_refused.at(listener_kind::s2s, connection_limit::rate).Increment();
  metrics.tls_handshakes.at(tls_role::server, tls_version::tls_1_3, tls_session::fresh)
    .Increment(2);
  metrics.tls_handshakes.at(tls_role::client, tls_version::tls_1_2, tls_session::resumed)
    .Increment(2);
  metrics.certificates_checked.at(tls_role::server, path_status::ok).Increment(3);
  metrics.identities.at(stream_leg::s2s_in, identity_method::pkix).Increment(3);
  metrics.trust_violations.at(stream_leg::s2s_out, trust_violation::reported).Increment();
  metrics.uncovered_domains.Set(1);
  metrics.dialback.at(dialback_role::receiving, dialback_result::valid).Increment(2);
  metrics.dialback_duration.Observe(0.08);
  metrics.dns_resolutions.at(dns_method::srv, dns_result::found).Increment(2);
  metrics.dns_duration.at(dns_step::srv).Observe(0.004);
  metrics.dns_duration.at(dns_step::address).Observe(0.003);
  metrics.dns_duration.at(dns_step::total).Observe(0.007);
}

void pass_stanzas(hub_metrics& metrics) {
  for (const auto direction : {stanza_direction::from_world, stanza_direction::from_node}) {
    metrics.stanzas_accepted.at(direction, stanza_kind::message).Increment(90);
    metrics.stanzas_accepted.at(direction, stanza_kind::iq).Increment(10);
    metrics.stanzas_delivered.at(direction).Increment(93);
    metrics.stanzas_bounced.at(direction, failure::dns_not_found).Increment(4);
    metrics.stanzas_dropped.at(direction, failure::dns_not_found).Increment(2);
    metrics.stanzas_queued.at(direction).Increment(1);
  }
  metrics.stanzas_unacknowledged.Increment(1);
  metrics.stanzas_resent.at(stanza_direction::from_node).Increment(2);
  metrics.resumptions.at(resumption_role::initiating, resumption_result::resumed).Increment();
  metrics.replies.at(reply_result::sent).Increment(8);
  metrics.batch_stanzas.Observe(5);
  metrics.queued_octets.Set(2'000);
  metrics.queue_limit_octets.Set(1 << 30);
}

void run_on_this_machine(hub_metrics& metrics) {
  const std::vector<std::string> certificates{"corp.pem", "name with \"quotes\".pem"};
  metrics.certificate_remaining.declare(certificates);
  for (const auto& name : certificates)
    metrics.certificate_remaining.set(name, unix_seconds(std::chrono::system_clock::now() + 720h));
  metrics.node_links.declare(std::vector<std::string>{"cm-2_s2scp-1"});
  metrics.node_links.set("cm-2_s2scp-1", 1);
  metrics.node_up.declare(std::vector<std::string>{"cm-2_s2scp-1"});
  metrics.node_up.set("cm-2_s2scp-1", 1);
  metrics.takeovers.at(takeover_result::granted).Increment();
  metrics.notifications.at(notification_kind::partner, notification_severity::warning).Set(1);
  metrics.actors.at(actor_kind::connection).Increment(6);
  metrics.scheduler_workers.Set(2);
  metrics.scheduler_delay.Observe(0.0002);
  metrics.config_reloads.at(reload_result::applied).Increment();
  metrics.config_applied_time.SetToCurrentTime();
}

} // namespace

int main() {
  hub_metrics metrics{"fixture"};
  open_streams(metrics);
  pass_stanzas(metrics);
  run_on_this_machine(metrics);
  const auto exporter = http_exporter::start("127.0.0.1", 0, metrics, [] { return std::string{}; });
  if (!exporter) {
    std::cerr << exporter.error() << '\n';
    return 1;
  }
  std::cout << (*exporter)->port() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
}
