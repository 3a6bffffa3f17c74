#include "actors/admin/series_fields.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "actors/dial/descriptor_share.hpp"

namespace fedhub {

namespace {

using series_kind = admin::series_recorder::kind;
using source = series_source;

constexpr stream_leg every_leg[] = {stream_leg::s2s_in, stream_leg::s2s_out,
                                    stream_leg::node_component, stream_leg::node_s2s_in,
                                    stream_leg::node_s2s_out};
constexpr stream_leg world_legs[] = {stream_leg::s2s_in, stream_leg::s2s_out};
constexpr stanza_direction both_directions[] = {stanza_direction::from_world,
                                                stanza_direction::from_node};
constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

double accepted(const hub_metrics& metrics, stanza_direction direction) {
  double sum = 0;
  for (size_t i = 0; i < label_count<stanza_kind>; ++i)
    sum += metrics.stanzas_accepted.at(direction, static_cast<stanza_kind>(i)).Value();
  return sum;
}

/// Returns the sum over both directions, and over the failures that `picks` returns true for.
template <class Picks>
double failed_stanzas(const counter_by<stanza_direction, failure>& counters, Picks picks) {
  double sum = 0;
  for (size_t i = 0; i < failure_count; ++i)
    if (const auto why = static_cast<failure>(i); picks(why))
      for (const auto direction : both_directions)
        sum += counters.at(direction, why).Value();
  return sum;
}

double open_streams(const hub_metrics& metrics, stream_leg leg, stream_state state) {
  return metrics.streams.at(leg, state, stream_tls::plain).Value()
         + metrics.streams.at(leg, state, stream_tls::tls).Value();
}

double octets(const counter_by<stream_leg>& counters) {
  double sum = 0;
  for (const auto leg : world_legs)
    sum += counters.at(leg).Value();
  return sum;
}

double failed_searches(const hub_metrics& metrics) {
  double sum = 0;
  for (const auto method : {dns_method::srv, dns_method::address})
    for (size_t i = 0; i < label_count<dns_result>; ++i)
      if (const auto result = static_cast<dns_result>(i); result != dns_result::found)
        sum += metrics.dns_resolutions.at(method, result).Value();
  return sum;
}

double failed_negotiations(const hub_metrics& metrics) {
  double sum = 0;
  for (const auto leg : every_leg)
    sum += metrics.negotiations.at(leg, negotiation_result::failed).Value();
  return sum;
}

double failed_connects(const hub_metrics& metrics) {
  double sum = 0;
  for (const auto result :
       {connect_result::refused, connect_result::timeout, connect_result::unreachable})
    sum += metrics.connect_attempts.at(result).Value();
  return sum;
}

double refused_connections(const hub_metrics& metrics) {
  double sum = 0;
  for (size_t listener = 0; listener < label_count<listener_kind>; ++listener)
    for (size_t limit = 0; limit < label_count<connection_limit>; ++limit)
      sum += metrics.connections_refused
               .at(static_cast<listener_kind>(listener), static_cast<connection_limit>(limit))
               .Value();
  return sum;
}

double open_notifications(const hub_metrics& metrics) {
  double sum = 0;
  for (size_t i = 0; i < label_count<notification_kind>; ++i)
    for (const auto severity : {notification_severity::warning, notification_severity::error})
      sum += metrics.notifications.at(static_cast<notification_kind>(i), severity).Value();
  return sum;
}

double open_files_now() {
  const auto open = open_descriptors();
  return static_cast<double>(open.value_or(most_descriptors()));
}

/// The series, while they are listed.
class field_list {
public:
  template <class Read>
  void rate(std::string name, std::string_view unit, Read read) {
    fields_.push_back({std::move(name), unit, series_kind::rate, std::move(read)});
  }
  template <class Read>
  void gauge(std::string name, std::string_view unit, Read read) {
    fields_.push_back({std::move(name), unit, series_kind::gauge, std::move(read)});
  }
  std::vector<series_field> take() { return std::move(fields_); }

private:
  std::vector<series_field> fields_;
};

void add_stanzas(field_list& list) {
  constexpr std::string_view unit = "stanzas/s";
  list.rate("stanzas_in", unit, [](const source& from) {
    return accepted(from.metrics, stanza_direction::from_world);
  });
  list.rate("stanzas_out", unit,
            [](const source& from) { return accepted(from.metrics, stanza_direction::from_node); });
  list.rate("delivered_in", unit, [](const source& from) {
    return from.metrics.stanzas_delivered.at(stanza_direction::from_world).Value();
  });
  list.rate("delivered_out", unit, [](const source& from) {
    return from.metrics.stanzas_delivered.at(stanza_direction::from_node).Value();
  });
  list.rate("bytes_in", "bytes/s",
            [](const source& from) { return octets(from.metrics.octets_received); });
  list.rate("bytes_out", "bytes/s",
            [](const source& from) { return octets(from.metrics.octets_sent); });
  list.gauge("queued_stanzas", "stanzas", [](const source& from) {
    return from.metrics.stanzas_queued.at(stanza_direction::from_world).Value()
           + from.metrics.stanzas_queued.at(stanza_direction::from_node).Value();
  });
  list.gauge("queued_bytes", "bytes",
             [](const source& from) { return from.metrics.queued_octets.Value(); });
}

void add_failures(field_list& list) {
  constexpr std::string_view unit = "stanzas/s";
  list.rate("bounced", unit, [](const source& from) {
    return failed_stanzas(from.metrics.stanzas_bounced, [](failure) { return true; });
  });
  std::vector<std::string_view> stages;
  for (size_t i = 0; i < failure_count; ++i)
    if (const auto stage = stage_of(static_cast<failure>(i));
        static_cast<failure>(i) != failure::none
        && std::ranges::find(stages, stage) == stages.end())
      stages.push_back(stage);
  for (const auto stage : stages)
    list.rate("bounced." + std::string{stage}, unit, [stage](const source& from) {
      return failed_stanzas(from.metrics.stanzas_bounced,
                            [&](failure why) { return stage_of(why) == stage; });
    });
  list.rate("dropped", unit, [](const source& from) {
    return failed_stanzas(from.metrics.stanzas_dropped, [](failure) { return true; });
  });
  list.rate("failed.dns", "searches/s",
            [](const source& from) { return failed_searches(from.metrics); });
  list.rate("failed.connect", "attempts/s",
            [](const source& from) { return failed_connects(from.metrics); });
  list.rate("failed.negotiation", "streams/s",
            [](const source& from) { return failed_negotiations(from.metrics); });
  list.rate("refused", "connections/s",
            [](const source& from) { return refused_connections(from.metrics); });
}

void add_counts(field_list& list) {
  for (const auto leg : every_leg)
    list.gauge("streams." + std::string{to_string(leg)}, "streams", [leg](const source& from) {
      return open_streams(from.metrics, leg, stream_state::authenticated);
    });
  list.gauge("streams.negotiating", "streams", [](const source& from) {
    double sum = 0;
    for (const auto leg : every_leg)
      sum += open_streams(from.metrics, leg, stream_state::negotiating);
    return sum;
  });
  for (size_t i = 0; i < admin::domain_state_count; ++i)
    list.gauge("domains." + std::string{to_string(static_cast<admin::domain_state>(i))}, "domains",
               [i](const source& from) { return static_cast<double>(from.domains.at(i)); });
  list.gauge("notifications", "notifications",
             [](const source& from) { return open_notifications(from.metrics); });
}

void add_process(field_list& list) {
  list.rate("cpu", "processors",
            [](const source& from) { return from.process.cpu_seconds.value_or(not_known); });
  list.gauge("memory", "bytes",
             [](const source& from) { return from.process.memory_octets.value_or(not_known); });
  list.gauge("open_files", "files", [](const source&) { return open_files_now(); });
  list.rate("log_lines_lost", "lines/s",
            [](const source& from) { return from.metrics.log_lines_lost.Value(); });
  list.rate("events_lost", "events/s",
            [](const source& from) { return from.metrics.history_events_lost.Value(); });
}

} // namespace

const std::vector<series_field>& series_fields() {
  static const auto fields = [] {
    field_list list;
    add_stanzas(list);
    add_failures(list);
    add_counts(list);
    add_process(list);
    return list.take();
  }();
  return fields;
}

std::optional<size_t> find_series(std::string_view name) {
  const auto& fields = series_fields();
  const auto found = std::ranges::find(fields, name, &series_field::name);
  if (found == fields.end())
    return {};
  return static_cast<size_t>(found - fields.begin());
}

std::vector<double> read_series(const series_source& source) {
  std::vector<double> values;
  for (const auto& field : series_fields())
    values.push_back(field.read(source));
  return values;
}

} // namespace fedhub
