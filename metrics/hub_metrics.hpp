// Every metric that the hub exports. Each is made once, and counted where the event happens.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

#include "metrics/gauge_share.hpp"
#include "metrics/labels.hpp"
#include "metrics/metric_table.hpp"
#include "metrics/named_gauges.hpp"

namespace fedhub {

/// The hub's metrics. There is one object per process, made before the first actor; it outlives the
/// last one.
///
/// Durations are in seconds, sizes in octets. All series exist from the start, at 0, so that a rate
/// is right from the first event. Only `fedhub_build_info` has the hub's name and version: the
/// scraper labels each series with the instance, and dashboards join on it. The labels `failure`
/// and `kind` have a value `none`, since the enum has one. If no comment gives it a meaning, it
/// stays at 0 unless the hub has a bug.
///
/// Stanzas: each one taken from a stream is counted in `stanzas_accepted`, and ends exactly once.
/// So for each direction
///
///     accepted = delivered + bounced + dropped + queued
///
/// whenever no stanza moves. `stanzas_in_motion` is the difference. Error stanzas that the hub
/// makes are not included; they are `replies`.
///
/// Thread safety: all calls. Counters are atomic; add a batch with one `Increment(n)`. A histogram
/// takes a lock for each observation, so observe per batch or per stream, never per stanza.
class hub_metrics {
  prometheus::Registry registry_; // first, since the members below refer to objects that it owns

public:
  /// Makes all metrics. @param hub_name `hub.name`, for `fedhub_build_info`.
  explicit hub_metrics(std::string_view hub_name);
  hub_metrics(const hub_metrics&) = delete;
  hub_metrics& operator=(const hub_metrics&) = delete;

  // ---- streams ---------------------------------------------------------------------------------

  /// Open streams. Hold each as a `gauge_share` of 1.
  gauge_by<stream_leg, stream_state, stream_tls> streams;
  counter_by<stream_leg> streams_opened; ///< TCP is connected, negotiation begins.
  /// By the stage of the failure that ended the stream; `none`: closed in order.
  counter_by<stream_leg, failure> streams_closed;
  counter_by<stream_leg, negotiation_result> negotiations;
  /// By the stage of the failure. Their sum is `negotiations` with result `failed`.
  counter_by<stream_leg, failure> negotiation_failures;
  histogram_by<stream_leg>
    /// In seconds, from TCP connected to authenticated; successful negotiations only.
    negotiation_duration;
  /// The hub's attempts to connect by TCP, one per address.
  counter_by<connect_result> connect_attempts;
  counter_by<stream_leg> octets_received; ///< of TCP payload, TLS included.
  counter_by<stream_leg> octets_sent;     ///< of TCP payload, TLS included.
  /// Octets written and not acknowledged by TCP when the stream ended, beyond the stanzas that the
  /// stream retains.
  counter_by<stream_leg> octets_unconfirmed;
  /// Requested resumptions (XEP-0198 §5).
  counter_by<resumption_role, resumption_result> resumptions;

  // ---- dialback --------------------------------------------------------------------------------

  counter_by<dialback_role, dialback_result> dialback;
  counter_by<question_stream> dialback_questions; ///< as receiving server.
  /// In seconds, as receiving server, from the key to the answer of its verification.
  prometheus::Histogram& dialback_duration;

  // ---- dns -------------------------------------------------------------------------------------

  counter_by<dns_method, dns_result> dns_resolutions;
  histogram_by<dns_step> dns_duration; ///< seconds; answers from the cache are not observed.
  prometheus::Gauge& dns_cache_entries;
  counter_by<dns_view_result> dns_view_answers; ///< questions to `listen.dns` that have ended.

  // ---- stanzas ---------------------------------------------------------------------------------

  counter_by<stanza_direction, stanza_kind> stanzas_accepted; ///< framed, checked and authorised.
  /// Acknowledged by XEP-0198 if the stream has it, else by the peer's TCP.
  counter_by<stanza_direction> stanzas_delivered;
  counter_by<stanza_direction, failure> stanzas_bounced; ///< answered by a stanza error.
  counter_by<stanza_direction, failure>
    /// Not delivered, and must not be answered.
    stanzas_dropped;
  /// Waiting for a stream, or written and not acknowledged.
  gauge_by<stanza_direction> stanzas_queued;
  /// Written, and not acknowledged by a peer that acknowledges (XEP-0198). They are also queued,
  /// except the hub's own errors, which are counted here too.
  prometheus::Gauge& stanzas_unacknowledged;
  /// Written in full again, since an earlier stream's peer had not acknowledged it.
  counter_by<stanza_direction> stanzas_resent;
  counter_by<reply_result> replies; ///< stanza errors that the hub made.
  /// Stanzas per routed batch; its count is the number of batches.
  prometheus::Histogram& batch_stanzas;

  // ---- queues and back-pressure ----------------------------------------------------------------

  /// The memory of queued stanzas and of the hub's own answers, as `waiting_octets` counts it.
  prometheus::Gauge& queued_octets;
  /// The hub-wide limit of it: `limits.memory_bytes`, or the value for 0.
  prometheus::Gauge& queue_limit_octets;
  /// Octets held by all connections that are not authenticated.
  prometheus::Gauge& unauthenticated_octets;
  prometheus::Gauge& domains_active; ///< remote domains that have an actor.
  counter_by<stream_leg>
    /// A source had to stop reading (`limits.inflight_bytes_per_stream`).
    pauses;
  gauge_by<stream_leg> paused;   ///< sources that do not read now.
  counter_by<stream_leg> stalls; ///< a destination was too slow, and its stanzas were detached.

  // ---- tls and listeners -----------------------------------------------------------------------

  counter_by<tls_role, tls_version, tls_session> tls_handshakes; ///< successful.
  counter_by<tls_role> tls_handshake_failures;
  /// By the base name of the chain file (its path if several have that name), or "self-signed". Set
  /// it to the notAfter in seconds since the epoch (`unix_seconds`). It shows the time left until
  /// then, negative once expired.
  named_gauges certificate_remaining;
  prometheus::Gauge& uncovered_domains; ///< local domains that no certificate of the hub names.
  /// The peers' certificates on S2S streams with TLS, judged against the trust store. The trust
  /// rules decide whether the result matters.
  counter_by<tls_role, path_status> certificates_checked;
  /// Authorised domain pairs, by the proof of the peer's domain.
  counter_by<stream_leg, identity_method> identities;
  counter_by<stream_leg, trust_violation> trust_violations;
  /// Domain pairs for a server whose certificate proves nothing.
  counter_by<unverified_outcome> unverified;
  counter_by<listener_kind> connections_accepted;
  counter_by<listener_kind, connection_limit> connections_refused;

  // ---- nodes and the process -------------------------------------------------------------------

  /// Live authenticated links, by the node's name. Each node sets its own, also to 0.
  named_gauges node_links;
  named_gauges node_up; ///< 1 or 0; no series for an s2s node whose state is not known yet.
  gauge_by<notification_kind, notification_severity> notifications; ///< open ones.
  counter_by<takeover_result> takeovers; ///< claims of components to a node that has a link.
  gauge_by<actor_kind> actors;           ///< running actors. Held as `gauge_share`s.
  prometheus::Gauge& scheduler_workers;
  /// Seconds between sending a probe message and its handling by an idle actor.
  prometheus::Histogram& scheduler_delay;
  /// Dropped or not written, since standard error is not read.
  prometheus::Counter& log_lines_lost;
  /// Events and management actions that the history does not have.
  prometheus::Counter& history_events_lost;
  counter_by<reload_result> config_reloads; ///< the load at start does not count.
  /// When the running configuration was applied, in seconds since the epoch.
  prometheus::Gauge& config_applied_time;

  /// Returns how many accepted stanzas have neither ended nor wait in a queue. Exact only at rest.
  double stanzas_in_motion(stanza_direction direction) const;

  /// Returns all metrics, those of the process included, sorted by name and labels.
  std::vector<prometheus::MetricFamily> collect() const;
};

/// Returns the value for a gauge that holds a time.
double unix_seconds(std::chrono::system_clock::time_point point);
/// Returns it for times of certificates, which may exceed the range of `system_clock::time_point`.
inline double unix_seconds(std::chrono::sys_seconds x) {
  return static_cast<double>(x.time_since_epoch().count());
}

} // namespace fedhub
