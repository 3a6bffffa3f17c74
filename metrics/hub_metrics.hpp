// Every metric that the hub exports, made once and counted where the event happens.
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

/// The hub's metrics; one object per process, made before the first actor and outliving the last
/// one.
///
/// Durations are observed in seconds, sizes in octets. All series exist from the start, at 0, so
/// that a rate is right from the first event. The hub's name and version are on `fedhub_build_info`
/// alone: the scraper labels each series with the instance already, and dashboards join on it. A
/// value `none` of the label `failure` or `kind` is there because the enum has it: where no comment
/// gives it a meaning it stays at 0, or else the hub has a bug.
///
/// Stanzas: each one taken from a stream is counted in `stanzas_accepted` and ends exactly once, so
/// that for each direction
///
///     accepted = delivered + bounced + dropped + queued      whenever nothing is in motion.
///
/// `stanzas_in_motion` is the difference. Error stanzas that the hub makes are not in it: they are
/// `replies`.
///
/// Thread safety: all of it. Counters are atomic; add a batch by one `Increment(n)`. A histogram
/// takes a lock for each observation: observe per batch or per stream, never per stanza.
class hub_metrics {
  prometheus::Registry registry_; // first: the members below refer to what it owns

public:
  /// @param hub_name `hub.name`, for `fedhub_build_info`.
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
  /// By the stage of the failure; together they are `negotiations` with result `failed`.
  counter_by<stream_leg, failure> negotiation_failures;
  histogram_by<stream_leg>
    negotiation_duration; ///< s, TCP connected to authenticated; successful ones only.
  counter_by<connect_result> connect_attempts; ///< TCP connects of the hub, each address counted.
  counter_by<stream_leg> octets_received;      ///< of TCP payload, TLS included.
  counter_by<stream_leg> octets_sent;          ///< of TCP payload, TLS included.
  /// Beyond what a stream retains for it: written, and not acknowledged by TCP when the stream
  /// ended.
  counter_by<stream_leg> octets_unconfirmed;
  counter_by<resumption_role, resumption_result> resumptions; ///< asked for (XEP-0198 §5).

  // ---- dialback --------------------------------------------------------------------------------

  counter_by<dialback_role, dialback_result> dialback;
  counter_by<question_stream> dialback_questions; ///< as receiving server.
  prometheus::Histogram&
    dialback_duration; ///< s, receiving server: key received to verification answered.

  // ---- dns -------------------------------------------------------------------------------------

  counter_by<dns_method, dns_result> dns_resolutions;
  histogram_by<dns_step> dns_duration; ///< s; answers that come from the cache are not observed.
  prometheus::Gauge& dns_cache_entries;
  counter_by<dns_view_result> dns_view_answers; ///< questions to `listen.dns` that came to an end.

  // ---- stanzas ---------------------------------------------------------------------------------

  counter_by<stanza_direction, stanza_kind> stanzas_accepted; ///< framed, checked and authorised.
  /// Acknowledged: by XEP-0198 if the stream has it, else by the peer's TCP.
  counter_by<stanza_direction> stanzas_delivered;
  counter_by<stanza_direction, failure> stanzas_bounced; ///< answered by a stanza error.
  counter_by<stanza_direction, failure>
    stanzas_dropped;                         ///< not delivered, and may not be answered.
  gauge_by<stanza_direction> stanzas_queued; ///< waiting for a stream, or written and not
                                             ///< acknowledged. Held as `gauge_share`s.
  /// Written, and not acknowledged by a peer that does that (XEP-0198): still queued, but for the
  /// hub's own errors, which are here too.
  prometheus::Gauge& stanzas_unacknowledged;
  /// Written in full, and not for the first time: an earlier stream's peer had not acknowledged it.
  counter_by<stanza_direction> stanzas_resent;
  counter_by<reply_result> replies;     ///< stanza errors that the hub made.
  prometheus::Histogram& batch_stanzas; ///< stanzas per routed batch; its count: the batches.

  // ---- queues and back-pressure ----------------------------------------------------------------

  prometheus::Gauge&
    queued_octets; ///< of stanzas queued by domains and nodes. Held as `gauge_share`s.
  prometheus::Gauge& queue_limit_octets; ///< the hub-wide ceiling of it (`limits.memory_bytes` or
                                         ///< what 0 stands for).
  /// Octets that connections hold which have not authenticated themselves, all together.
  prometheus::Gauge& unauthenticated_octets;
  prometheus::Gauge& domains_active; ///< remote domains that have an actor.
  counter_by<stream_leg>
    pauses; ///< a source was told to stop reading (`limits.inflight_bytes_per_stream`).
  gauge_by<stream_leg> paused;   ///< sources that do not read now.
  counter_by<stream_leg> stalls; ///< a destination did not keep up: its stanzas were detached.

  // ---- tls and listeners -----------------------------------------------------------------------

  counter_by<tls_role, tls_version, tls_session> tls_handshakes; ///< successful.
  counter_by<tls_role> tls_handshake_failures;
  /// By the chain file's base name (its path, if several have that name), or "self-signed". Set to
  /// the notAfter in seconds since the epoch (`unix_seconds`); shows what is left until then,
  /// negative once expired.
  named_gauges certificate_remaining;
  prometheus::Gauge& uncovered_domains; ///< local ones that no certificate of the hub names.
  /// What peers presented on S2S streams with TLS, judged against the trust store; whether it also
  /// had to hold is the trust rules' matter.
  counter_by<tls_role, path_status> certificates_checked;
  /// Domain pairs authorised, by what proved the peer's domain.
  counter_by<stream_leg, identity_method> identities;
  counter_by<stream_leg, trust_violation> trust_violations;
  /// Domain pairs that were to be sent to a server whose certificate proves nothing.
  counter_by<unverified_outcome> unverified;
  counter_by<listener_kind> connections_accepted;
  counter_by<listener_kind, connection_limit> connections_refused;

  // ---- nodes and the process -------------------------------------------------------------------

  named_gauges node_links; ///< live authenticated links, by the node's name. Each node sets its
                           ///< own, also to 0.
  named_gauges node_up;    ///< 1 or 0; nothing for an s2s node of which nothing is known yet.
  counter_by<takeover_result> takeovers; ///< claims of components to nodes that had a link.
  gauge_by<actor_kind> actors;           ///< running actors. Held as `gauge_share`s.
  prometheus::Gauge& scheduler_workers;
  prometheus::Histogram&
    scheduler_delay; ///< s between sending a probe message and its handling by an idle actor.
  prometheus::Counter& log_lines_lost;      ///< dropped or not written: standard error is not read.
  counter_by<reload_result> config_reloads; ///< the load at start is none.
  prometheus::Gauge& config_applied_time;   ///< seconds since the epoch at which the running
                                            ///< configuration was applied.

  /// Stanzas accepted that have not ended and do not wait in a queue. Exact only at rest.
  double stanzas_in_motion(stanza_direction x) const;

  /// All metrics, those of the process included, sorted by name and labels.
  std::vector<prometheus::MetricFamily> collect() const;
};

/// For gauges that hold a time.
double unix_seconds(std::chrono::system_clock::time_point x);
/// For times of certificates, which go beyond what a `system_clock::time_point` holds.
inline double unix_seconds(std::chrono::sys_seconds x) {
  return static_cast<double>(x.time_since_epoch().count());
}

} // namespace fedhub
