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

void open_streams(hub_metrics& x) {
  for (const auto leg : {stream_leg::s2s_in, stream_leg::s2s_out, stream_leg::node_component}) {
    x.streams_opened.at(leg).Increment(3);
    x.streams.at(leg, stream_state::authenticated, stream_tls::tls).Increment(2);
    x.negotiations.at(leg, negotiation_result::ok).Increment(2);
    x.negotiations.at(leg, negotiation_result::failed).Increment();
    x.negotiation_failures.at(leg, failure::tls_not_offered).Increment();
    x.streams_closed.at(leg, failure::tls_not_offered).Increment();
    x.negotiation_duration.at(leg).Observe(0.12);
    x.octets_received.at(leg).Increment(123'456);
    x.octets_sent.at(leg).Increment(654'321);
    x.pauses.at(leg).Increment();
  }
  x.connect_attempts.at(connect_result::connected).Increment(3);
  x.connections_accepted.at(listener_kind::s2s).Increment(3);
  x.connections_refused.at(listener_kind::s2s, connection_limit::rate).Increment();
  x.tls_handshakes.at(tls_role::server, tls_version::tls_1_3, tls_session::fresh).Increment(2);
  x.tls_handshakes.at(tls_role::client, tls_version::tls_1_2, tls_session::resumed).Increment(2);
  x.certificates_checked.at(tls_role::server, path_status::ok).Increment(3);
  x.identities.at(stream_leg::s2s_in, identity_method::pkix).Increment(3);
  x.trust_violations.at(stream_leg::s2s_out, trust_violation::reported).Increment();
  x.uncovered_domains.Set(1);
  x.dialback.at(dialback_role::receiving, dialback_result::valid).Increment(2);
  x.dialback_duration.Observe(0.08);
  x.dns_resolutions.at(dns_method::srv, dns_result::found).Increment(2);
  x.dns_duration.at(dns_step::srv).Observe(0.004);
  x.dns_duration.at(dns_step::address).Observe(0.003);
  x.dns_duration.at(dns_step::total).Observe(0.007);
}

void pass_stanzas(hub_metrics& x) {
  for (const auto direction : {stanza_direction::from_world, stanza_direction::from_node}) {
    x.stanzas_accepted.at(direction, stanza_kind::message).Increment(90);
    x.stanzas_accepted.at(direction, stanza_kind::iq).Increment(10);
    x.stanzas_delivered.at(direction).Increment(93);
    x.stanzas_bounced.at(direction, failure::dns_not_found).Increment(4);
    x.stanzas_dropped.at(direction, failure::dns_not_found).Increment(2);
    x.stanzas_queued.at(direction).Increment(1);
  }
  x.stanzas_unacknowledged.Increment(1);
  x.stanzas_resent.at(stanza_direction::from_node).Increment(2);
  x.resumptions.at(resumption_role::initiating, resumption_result::resumed).Increment();
  x.replies.at(reply_result::sent).Increment(8);
  x.batch_stanzas.Observe(5);
  x.queued_octets.Set(2'000);
  x.queue_limit_octets.Set(1 << 30);
}

void run_on_this_machine(hub_metrics& x) {
  const std::vector<std::string> certificates{"corp.pem", "name with \"quotes\".pem"};
  x.certificate_remaining.declare(certificates);
  for (const auto& name : certificates)
    x.certificate_remaining.set(name, unix_seconds(std::chrono::system_clock::now() + 720h));
  x.node_links.declare(std::vector<std::string>{"cm-2_s2scp-1"});
  x.node_links.set("cm-2_s2scp-1", 1);
  x.node_up.declare(std::vector<std::string>{"cm-2_s2scp-1"});
  x.node_up.set("cm-2_s2scp-1", 1);
  x.takeovers.at(takeover_result::granted).Increment();
  x.actors.at(actor_kind::connection).Increment(6);
  x.scheduler_workers.Set(2);
  x.scheduler_delay.Observe(0.0002);
  x.config_reloads.at(reload_result::applied).Increment();
  x.config_applied_time.SetToCurrentTime();
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
