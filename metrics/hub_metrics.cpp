#include "metrics/hub_metrics.hpp"

#include <algorithm>
#include <iterator>

#include "metrics/heap_metrics.hpp"
#include "metrics/process_metrics.hpp"

namespace fedhub {

namespace {

using prometheus::Registry;
using buckets = prometheus::Histogram::BucketBoundaries;

auto& counters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

auto& gauges(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

auto& histograms(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// From the answer of a name server on the same network that has it cached, to the longest
/// time-out, 30 s.
const buckets& network_seconds() {
  static const buckets bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,  0.5,    1,     2.5,  5,     10,   30};
  return bounds;
}

/// From a worker that polls to a worker that is busy for a noticeable time.
const buckets& scheduler_seconds() {
  static const buckets bounds{0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005,
                              0.01,    0.05,    0.1,    0.5,    1};
  return bounds;
}

const buckets& stanzas_per_batch() {
  static const buckets bounds{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  return bounds;
}

constexpr label_axis<stream_leg> leg{"leg"};
constexpr label_axis<stanza_direction> direction{"direction"};
constexpr label_axis<failure> failed_stage{"stage", stage_of};
constexpr label_axis<failure> cause{"failure"};

void sort_by_name(std::vector<prometheus::MetricFamily>& families) {
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  for (auto& family : families)
    std::ranges::sort(family.metric,
                      [](const auto& x, const auto& y) { return x.label < y.label; });
}

} // namespace

hub_metrics::hub_metrics(std::string_view hub_name)
  : streams{gauges(registry_, "fedhub_streams", "Open streams."), leg,
            label_axis<stream_state>{"state"}, label_axis<stream_tls>{"security"}},
    streams_opened{counters(registry_, "fedhub_streams_opened_total",
                            "Streams begun: TCP is connected, negotiation starts."),
                   leg},
    streams_closed{counters(registry_, "fedhub_streams_closed_total",
                            "Streams ended, by the stage of the cause; none: in order."),
                   leg, failed_stage},
    negotiations{
      counters(registry_, "fedhub_negotiations_total", "Stream negotiations that came to an end."),
      leg, label_axis<negotiation_result>{"result"}},
    negotiation_failures{counters(registry_, "fedhub_negotiation_failures_total",
                                  "Stream negotiations that failed, by the stage that failed."),
                         leg, failed_stage},
    negotiation_duration{
      histograms(registry_, "fedhub_negotiation_duration_seconds",
                 "Time from TCP connected to authenticated, successful negotiations only."),
      leg, network_seconds()},
    connect_attempts{counters(registry_, "fedhub_connect_attempts_total",
                              "TCP connection attempts of the hub, one for each address."),
                     label_axis<connect_result>{"result"}},
    octets_received{counters(registry_, "fedhub_stream_received_bytes_total",
                             "Octets read from streams' sockets."),
                    leg},
    octets_sent{
      counters(registry_, "fedhub_stream_sent_bytes_total", "Octets written to streams' sockets."),
      leg},
    octets_unconfirmed{counters(registry_, "fedhub_stream_unconfirmed_bytes_total",
                                "Octets that TCP had not acknowledged when their stream ended, "
                                "beyond the retained stanzas."),
                       leg},
    resumptions{counters(registry_, "fedhub_stream_resumptions_total",
                         "Requests to resume a stream that was cut, by the hub's role."),
                label_axis<resumption_role>{"role"}, label_axis<resumption_result>{"result"}},
    dialback{counters(registry_, "fedhub_dialback_total",
                      "Dialback outcomes (XEP-0220), by the hub's role."),
             label_axis<dialback_role>{"role"}, label_axis<dialback_result>{"result"}},
    dialback_questions{
      counters(registry_, "fedhub_dialback_questions_total",
               "Questions about keys to authoritative servers, by the stream that carried them."),
      label_axis<question_stream>{"stream"}},
    dialback_duration{
      histograms(registry_, "fedhub_dialback_duration_seconds",
                 "Time that the verification of a key took, with the hub as receiving server.")
        .Add({}, network_seconds())},
    dns_resolutions{
      counters(registry_, "fedhub_dns_resolutions_total", "Searches for a domain's servers."),
      label_axis<dns_method>{"method"}, label_axis<dns_result>{"result"}},
    dns_duration{histograms(registry_, "fedhub_dns_duration_seconds",
                            "Time of each step of a resolution, without answers from the cache."),
                 label_axis<dns_step>{"step"}, network_seconds()},
    dns_cache_entries{gauges(registry_, "fedhub_dns_cache_entries",
                             "Answers in the resolver's cache, negative ones included.")
                        .Add({})},
    dns_view_answers{counters(registry_, "fedhub_dns_view_answers_total",
                              "Questions to the nodes' DNS view that came to an end."),
                     label_axis<dns_view_result>{"result"}},
    stanzas_accepted{counters(registry_, "fedhub_stanzas_accepted_total",
                              "Stanzas taken from streams: framed, checked and authorised."),
                     direction, label_axis<stanza_kind>{"kind"}},
    stanzas_delivered{counters(registry_, "fedhub_stanzas_delivered_total",
                               "Stanzas that reached their destination: acknowledged by XEP-0198 "
                               "where the stream has it, else by TCP."),
                      direction},
    stanzas_bounced{counters(registry_, "fedhub_stanzas_bounced_total",
                             "Stanzas answered by a stanza error, by failure."),
                    direction, cause},
    stanzas_dropped{counters(registry_, "fedhub_stanzas_dropped_total",
                             "Undelivered stanzas that RFC 6120 forbids to answer, by failure."),
                    direction, cause},
    stanzas_queued{
      gauges(registry_, "fedhub_stanzas_queued",
             "Stanzas that wait for a stream, or that are written and not yet acknowledged."),
      direction},
    stanzas_unacknowledged{gauges(registry_, "fedhub_stanzas_unacknowledged",
                                  "Written stanzas that the peer has not acknowledged yet.")
                             .Add({})},
    stanzas_resent{
      counters(
        registry_, "fedhub_stanzas_resent_total",
        "Stanzas written again, because their first stream ended before they were acknowledged."),
      direction},
    replies{
      counters(registry_, "fedhub_replies_total", "Stanza errors that the hub made, by result."),
      label_axis<reply_result>{"result"}},
    batch_stanzas{
      histograms(registry_, "fedhub_batch_stanzas", "Stanzas in a batch that a router routed.")
        .Add({}, stanzas_per_batch())},
    queued_octets{gauges(registry_, "fedhub_queued_bytes",
                         "Memory of stanzas that wait for a stream, domains and nodes together.")
                    .Add({})},
    queue_limit_octets{
      gauges(registry_, "fedhub_queue_limit_bytes", "Limit of fedhub_queued_bytes, hub-wide.")
        .Add({})},
    unauthenticated_octets{gauges(registry_, "fedhub_unauthenticated_bytes",
                                  "Memory that connections hold before they are authenticated.")
                             .Add({})},
    domains_active{
      gauges(registry_, "fedhub_domains_active", "Remote domains that the hub is in contact with.")
        .Add({})},
    pauses{
      counters(registry_, "fedhub_stream_pauses_total",
               "Times that the hub stopped reading a stream, because its stanzas had not drained."),
      leg},
    paused{gauges(registry_, "fedhub_streams_paused", "Streams that the hub does not read now."),
           leg},
    stalls{
      counters(registry_, "fedhub_stream_stalls_total",
               "Times that a destination did not keep up: its stanzas no longer hold back their "
               "sources, and are answered beyond the queue limits."),
      leg},
    tls_handshakes{
      counters(registry_, "fedhub_tls_handshakes_total", "TLS handshakes that succeeded."),
      label_axis<tls_role>{"role"}, label_axis<tls_version>{"version"},
      label_axis<tls_session>{"session"}},
    tls_handshake_failures{
      counters(registry_, "fedhub_tls_handshake_failures_total", "TLS handshakes that failed."),
      label_axis<tls_role>{"role"}},
    certificate_remaining{
      "fedhub_certificate_remaining_seconds",
      "Time until a certificate expires (for days, divide by 86400); negative once it has expired.",
      "certificate",
      [](double not_after) { return not_after - unix_seconds(std::chrono::system_clock::now()); }},
    uncovered_domains{gauges(registry_, "fedhub_domains_without_certificate",
                             "Local domains that no certificate of the hub names.")
                        .Add({})},
    certificates_checked{counters(registry_, "fedhub_peer_certificates_total",
                                  "Certificates that peers presented (or none), by verdict."),
                         label_axis<tls_role>{"role"}, label_axis<path_status>{"result"}},
    identities{counters(registry_, "fedhub_identities_proved_total",
                        "Domain pairs authorised, by the method that proved the peer's domain."),
               leg, label_axis<identity_method>{"method"}},
    trust_violations{counters(registry_, "fedhub_trust_violations_total",
                              "Peers without a proof that the trust rules accept."),
                     leg, label_axis<trust_violation>{"outcome"}},
    unverified{counters(registry_, "fedhub_unverified_servers_total",
                        "Domain pairs with a remote server whose certificate proves nothing."),
               label_axis<unverified_outcome>{"outcome"}},
    connections_accepted{counters(registry_, "fedhub_connections_accepted_total",
                                  "TCP connections that a listener accepted."),
                         label_axis<listener_kind>{"listener"}},
    connections_refused{counters(registry_, "fedhub_connections_refused_total",
                                 "TCP connections that a listener refused, by limit."),
                        label_axis<listener_kind>{"listener"},
                        label_axis<connection_limit>{"reason"}},
    node_links{"fedhub_node_links", "Live authenticated links of a configured node.", "node"},
    node_up{"fedhub_node_up",
            "1: a configured node has a link, or its server took or opened a stream. 0: no link, "
            "or the last attempt failed.",
            "node"},
    notifications{
      gauges(registry_, "fedhub_notifications",
             "Open notifications: what needs a person, as `fedhubctl notifications` shows it."),
      label_axis<notification_kind>{"kind"}, label_axis<notification_severity>{"severity"}},
    takeovers{counters(registry_, "fedhub_node_takeovers_total",
                       "Components that claimed a node which had a link."),
              label_axis<takeover_result>{"result"}},
    actors{gauges(registry_, "fedhub_actors", "Running actors."), label_axis<actor_kind>{"kind"}},
    scheduler_workers{
      gauges(registry_, "fedhub_scheduler_workers", "Threads that run actors.").Add({})},
    scheduler_delay{histograms(registry_, "fedhub_scheduler_delay_seconds",
                               "Time that an idle actor took to handle a probe message.")
                      .Add({}, scheduler_seconds())},
    log_lines_lost{counters(registry_, "fedhub_log_lines_lost_total",
                            "Lines of the log that were dropped because standard error was not "
                            "read, or could not be written.")
                     .Add({})},
    history_events_lost{counters(registry_, "fedhub_history_events_lost_total",
                                 "Events that the history does not have, since the disk was full "
                                 "or too slow, or its file could not be used.")
                          .Add({})},
    config_reloads{counters(registry_, "fedhub_config_reloads_total",
                            "Reloads of the configuration, by result."),
                   label_axis<reload_result>{"result"}},
    config_applied_time{gauges(registry_, "fedhub_config_applied_timestamp_seconds",
                               "When the running configuration was applied, since the epoch.")
                          .Add({})} {
  gauges(registry_, "fedhub_build_info", "Always 1; its labels are the hub's name and version.")
    .Add({{"hub", std::string{hub_name}}, {"version", FEDHUB_VERSION}}, 1.0);
}

double hub_metrics::stanzas_in_motion(stanza_direction direction) const {
  double result = -stanzas_delivered.at(direction).Value() - stanzas_queued.at(direction).Value();
  for (size_t i = 0; i < label_count<stanza_kind>; ++i)
    result += stanzas_accepted.at(direction, static_cast<stanza_kind>(i)).Value();
  for (size_t i = 0; i < label_count<failure>; ++i) {
    const auto why = static_cast<failure>(i);
    result -=
      stanzas_bounced.at(direction, why).Value() + stanzas_dropped.at(direction, why).Value();
  }
  return result;
}

std::vector<prometheus::MetricFamily> hub_metrics::collect() const {
  auto families = registry_.Collect();
  const auto append = [&families](std::vector<prometheus::MetricFamily> more) {
    std::ranges::move(more, std::back_inserter(families));
  };
  append(certificate_remaining.Collect());
  append(node_links.Collect());
  append(node_up.Collect());
  append(collect_heap_metrics());
  append(collect_process_metrics());
  sort_by_name(families);
  return families;
}

double unix_seconds(std::chrono::system_clock::time_point x) {
  return std::chrono::duration<double>{x.time_since_epoch()}.count();
}

} // namespace fedhub
