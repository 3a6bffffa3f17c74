#include "conf/ctl/list_columns.hpp"

namespace fedhub::ctl {

namespace {

using enum column_use;

constexpr field_column domain_columns[] = {
  {"name", "DOMAIN", name},
  {"state", "STATE", fixed},
  {"since", "SINCE", fixed},
  {"streams_in", "IN", fixed},
  {"streams_out", "OUT", fixed},
  {"queued_stanzas", "QUEUED", fixed},
  {"last_success", "LAST SUCCESS", extra},
  {"next_attempt", "NEXT ATTEMPT", extra},
  {"failure", "FAILURE", text},
  {"detail", "DETAIL", text},
};
constexpr std::string_view domain_rest[] = {
  "proof_in",     "proof_out",  "tls_in",      "tls_out",  "failing_since", "attempt_count",
  "queued_bytes", "stanzas_in", "stanzas_out", "bytes_in", "bytes_out",     "senders_affected",
};

constexpr field_column failing_columns[] = {
  {"name", "DOMAIN", name},
  {"failing_since", "FAILING", fixed},
  {"attempt_count", "ATTEMPTS", fixed},
  {"next_attempt", "NEXT ATTEMPT", fixed},
  {"queued_stanzas", "QUEUED", fixed},
  {"senders_affected", "SENDERS", extra},
  {"last_success", "LAST SUCCESS", extra},
  {"failure", "FAILURE", text},
  {"detail", "DETAIL", text},
};
constexpr std::string_view failing_rest[] = {
  "state",   "since",      "streams_in",  "streams_out", "proof_in",  "proof_out",    "tls_in",
  "tls_out", "stanzas_in", "stanzas_out", "bytes_in",    "bytes_out", "queued_bytes",
};

constexpr field_column stream_columns[] = {
  {"id", "STREAM", name},
  {"leg", "LEG", fixed},
  {"state", "STATE", fixed},
  {"opened", "OPENED", fixed},
  {"idle_s", "IDLE", extra},
  {"stanzas_in", "IN", fixed},
  {"stanzas_out", "OUT", fixed},
  {"outbox_stanzas", "OUTBOX", extra},
  {"paused", "PAUSED", extra},
  {"tls", "TLS", extra},
  {"certificate", "CERTIFICATE", extra},
  {"peer", "PEER", name},
  {"address", "ADDRESS", text},
  {"pairs", "PAIRS", text},
};
constexpr std::string_view stream_rest[] = {
  "cipher",       "group",          "bytes_in", "bytes_out",
  "outbox_bytes", "unacknowledged", "features", "pair_count",
};

constexpr field_column node_columns[] = {
  {"name", "NODE", name},
  {"health", "HEALTH", fixed},
  {"protocol", "PROTOCOL", extra},
  {"stanzas_in", "IN", fixed},
  {"stanzas_out", "OUT", fixed},
  {"queued_stanzas", "QUEUED", fixed},
  {"domains", "DOMAINS", text},
  {"links", "LINKS", text},
  {"why", "WHY", text},
  {"last_error", "LAST ERROR", text},
};

constexpr field_column event_columns[] = {
  {"time", "TIME", fixed},      {"kind", "KIND", fixed},     {"domain", "DOMAIN", name},
  {"leg", "LEG", extra},        {"stream", "STREAM", extra}, {"actor", "ACTOR", extra},
  {"failure", "FAILURE", text}, {"detail", "DETAIL", text},
};
constexpr field_column audit_columns[] = {
  {"time", "TIME", fixed},      {"actor", "ACTOR", name},    {"kind", "KIND", extra},
  {"domain", "DOMAIN", text},   {"stream", "STREAM", extra}, {"leg", "LEG", extra},
  {"failure", "FAILURE", text}, {"detail", "DETAIL", text},
};
constexpr std::string_view event_rest[] = {"id"};

constexpr field_column log_columns[] = {
  {"module", "MODULE", name},
  {"level", "LEVEL", fixed},
  {"until", "FALLS BACK", fixed},
};

constexpr field_column change_columns[] = {
  {"number", "CHANGE", name}, {"time", "TIME", fixed},   {"who", "WHO", fixed},
  {"undo", "UNDO", extra},    {"changes", "KEYS", text},
};

/// Fields that name a row in any list.
constexpr field_column other_columns[] = {
  {"name", "NAME", name},
  {"key", "KEY", name},
  {"id", "ID", fixed},
  {"address", "ADDRESS", text},
};

constexpr list_columns domains{"no domains", domain_columns, domain_rest};
constexpr list_columns failing{"no domain fails", failing_columns, failing_rest};
constexpr list_columns streams{"no streams", stream_columns, stream_rest};
constexpr list_columns nodes{"no nodes", node_columns, {}};
constexpr list_columns events{"no events", event_columns, event_rest};
constexpr list_columns audit{"no actions", audit_columns, event_rest};
constexpr list_columns log_levels{"no modules", log_columns, {}};
constexpr list_columns config_changes{"no changes", change_columns, {}};
constexpr list_columns other{"none", other_columns, {}};

} // namespace

const list_columns& columns_of(list_kind kind) {
  switch (kind) {
  case list_kind::domains:
    return domains;
  case list_kind::failing_domains:
    return failing;
  case list_kind::streams:
    return streams;
  case list_kind::nodes:
    return nodes;
  case list_kind::events:
    return events;
  case list_kind::audit:
    return audit;
  case list_kind::log_levels:
    return log_levels;
  case list_kind::config_changes:
    return config_changes;
  default:
    return other;
  }
}

} // namespace fedhub::ctl
