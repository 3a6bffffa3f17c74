#include "actors/admin/hub_conditions.hpp"

#include <algorithm>
#include <cmath>

#include "actors/dial/descriptor_share.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/node_claims.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

using namespace std::chrono_literals;

namespace {

using kind = notification_kind;
using severity = notification_severity;

/// More refused connections within `refusal_time` are reported.
constexpr double allowed_refusals = 60;
constexpr std::chrono::minutes refusal_time{5};
/// DNS is reported if it was asked this often within `dns_time` and more than half got no answer.
constexpr double least_searches = 10;
constexpr std::chrono::minutes dns_time{5};
constexpr std::chrono::minutes loss_time{10};
constexpr std::chrono::hours unverified_time{1};
/// Of the limit of open files.
constexpr double near_the_limit = 0.8;

std::string whole(double number) { return std::to_string(static_cast<int64_t>(number)); }

/// Returns the remote domains that the configuration names, by patterns other than "*".
domain_set named_in(const conf::config& config) {
  domain_set named;
  const auto add = [&](const domain_pattern& pattern) {
    if (!pattern.base().empty())
      named.add(pattern);
  };
  for (const auto& route : config.static_routes)
    add(route.domain);
  for (const auto& rule : config.trust)
    add(rule.domain);
  for (const auto& pattern : config.federation.allow)
    add(pattern);
  return named;
}

double sum_of_refusals(const hub_metrics& metrics) {
  double sum = 0;
  for (const auto listener :
       {listener_kind::s2s, listener_kind::s2s_direct_tls, listener_kind::nodes})
    for (const auto limit :
         {connection_limit::total, connection_limit::address, connection_limit::rate})
      sum += metrics.connections_refused.at(listener, limit).Value();
  return sum;
}

/// Returns the searches in DNS: all, and those without an answer.
std::pair<double, double> searches(const hub_metrics& metrics) {
  double all = 0;
  double unanswered = 0;
  for (const auto method : {dns_method::srv, dns_method::address})
    for (size_t i = 0; i < label_count<dns_result>; ++i) {
      const auto result = static_cast<dns_result>(i);
      const auto count = metrics.dns_resolutions.at(method, result).Value();
      all += count;
      if (result == dns_result::timeout || result == dns_result::failed)
        unanswered += count;
    }
  return {all, unanswered};
}

} // namespace

// ---- counters ----------------------------------------------------------------------------------

void counter_window::note(double value, time_point now) {
  if (values_.empty() || now - values_.back().first >= step)
    values_.emplace_back(now, value);
  else
    values_.back().second = value;
  while (values_.size() > 1 && now - values_[1].first >= length_)
    values_.pop_front();
}

double counter_window::growth() const {
  return values_.empty() ? 0 : values_.back().second - values_.front().second;
}

// ---- conditions --------------------------------------------------------------------------------

hub_conditions::hub_conditions(std::filesystem::path clock_state, file_count files)
  : clock_state_{std::move(clock_state)}, files_{std::move(files)}, refused_{refusal_time},
    log_lines_{loss_time}, dns_all_{dns_time}, dns_unanswered_{dns_time},
    unverified_{unverified_time}, lost_events_{loss_time} {}

std::vector<condition> hub_conditions::look(const hub& hub, const federation_table& table,
                                            const federation_table::clocks& at) {
  judge(hub.current());
  look_at_certificates(hub, at);
  look_at_nodes(hub, table, at.now);
  look_at_partners(table, at);
  look_at_counters(hub, at.now);
  look_at_machine();
  if (const auto why = hub.rejection())
    add({kind::configuration,
         severity::warning,
         {},
         "the configuration on disk is not in force: " + *why,
         "mend the file, then run `fedhubctl reload`; `fedhub --check` names each problem"});
  return std::exchange(found_, {});
}

void hub_conditions::judge(const settings_ptr& settings) {
  if (judged_ == settings)
    return;
  judged_ = settings;
  uncovered_ = settings->tls->uncovered(local_domains(settings->config));
  named_ = named_in(settings->config);
}

void hub_conditions::look_at_certificates(const hub& hub, const federation_table::clocks& at) {
  const auto settings = hub.current();
  const auto now = std::chrono::floor<std::chrono::seconds>(at.wall);
  for (const auto& certificate : settings->tls->certificates()) {
    const auto left = certificate.not_after - now;
    if (left >= renewal_time)
      continue;
    const auto days = std::chrono::duration_cast<std::chrono::days>(left).count();
    add({kind::certificate, left < last_days ? severity::error : severity::warning,
         certificate.label,
         "the certificate " + certificate.label
           + (left <= 0s ? " has expired" : " expires in " + std::to_string(days) + " days"),
         "renew it, then run `fedhubctl reload`"});
  }
  for (size_t i = 0; i < std::min(uncovered_.size(), notification_board::most_of_a_kind); ++i)
    add({kind::uncovered, severity::warning, uncovered_[i].str(),
         "no certificate covers " + uncovered_[i].str()
           + ": peers that check certificates refuse its streams",
         "add a certificate that names it as a [[tls.certificate]]"});
}

void hub_conditions::look_at_nodes(const hub& hub, const federation_table& table, time_point now) {
  const auto settings = hub.current();
  for (const auto& node : settings->config.nodes) {
    const auto up = hub.metrics.node_up.value(node.name);
    if (!up || *up > 0)
      continue;
    const bool component = node.protocol() == conf::node_protocol::component;
    const auto error = table.last_error_of(
      node.name, [&](const domain_name& domain) { return node.serves(domain); });
    add({kind::node_down, severity::error, node.name,
         (component ? "the component of node " + node.name + " is not connected"
                    : "the hub can't reach node " + node.name)
           + (error.empty() ? "" : "; the last error: " + error),
         component ? "start the component, with the `secret` of its [[node]] row; if it runs, its "
                     "log says why it does not connect to listen.nodes"
                   : "start the server, or mend its `address`"});
  }
  for (const auto& name : hub.claims.fights(now))
    add({kind::node_contested, severity::error, name,
         "two processes take node " + name + " from each other",
         "stop one of them, or give each a [[node]] of its own"});
}

void hub_conditions::look_at_partners(const federation_table& table,
                                      const federation_table::clocks& at) {
  using time_point = federation_table::time_point;
  const auto is_partner = [&](const domain_name& name, time_point last_success) {
    return (last_success != time_point{} && at.now - last_success < partner_time)
           || named_.contains(name);
  };
  for (const auto& row : table.failing_since(at.now - partner_patience,
                                             notification_board::most_of_a_kind, is_partner, at))
    add({kind::partner, severity::warning, row.name,
         "the hub can't federate with " + row.name + ": "
           + (row.detail.empty() ? std::string{describe(row.why)} : row.detail),
         "`fedhubctl domain " + row.name + "` shows the step that fails"});
}

void hub_conditions::look_at_counters(const hub& hub, time_point now) {
  const auto& metrics = hub.metrics;
  refused_.note(sum_of_refusals(metrics), now);
  if (refused_.growth() > allowed_refusals)
    add({kind::refusals,
         severity::warning,
         {},
         whole(refused_.growth()) + " connections were refused within 5 minutes because of a limit",
         "the metric fedhub_connections_refused_total names the limit; raise it in [limits], or "
         "block the addresses"});
  log_lines_.note(metrics.log_lines_lost.Value(), now);
  if (log_lines_.growth() > 0)
    add({kind::log_lines,
         severity::warning,
         {},
         whole(log_lines_.growth()) + " log lines were lost within 10 minutes",
         "read standard error faster, or lower log.level"});
  lost_events_.note(metrics.history_events_lost.Value(), now);
  if (lost_events_.growth() > 0)
    add({kind::lost_events,
         severity::warning,
         {},
         whole(lost_events_.growth()) + " events of the history were lost within 10 minutes",
         "the log says why (\"events are not recorded\"); free space on the disk of hub.state_dir, "
         "or mend that folder. Federation goes on without the history"});
  const auto [all, unanswered] = searches(metrics);
  dns_all_.note(all, now);
  dns_unanswered_.note(unanswered, now);
  if (dns_all_.growth() >= least_searches && dns_unanswered_.growth() > dns_all_.growth() / 2)
    add({kind::dns,
         severity::error,
         {},
         whole(dns_unanswered_.growth()) + " of " + whole(dns_all_.growth())
           + " searches in DNS got no answer within 5 minutes",
         "mend the name servers, or name others in dns.servers"});
  unverified_.note(metrics.unverified.at(unverified_outcome::reported).Value()
                     + metrics.unverified.at(unverified_outcome::refused).Value(),
                   now);
  if (unverified_.growth() > 0)
    add({kind::unverified,
         severity::warning,
         {},
         whole(unverified_.growth())
           + " times within an hour a remote server's certificate proved nothing",
         "the log names the servers once a day; write a [[trust]] row for each that you trust"});
}

std::pair<std::optional<uint64_t>, uint64_t> hub_conditions::count_files() {
  return {open_descriptors(), most_descriptors()};
}

void hub_conditions::look_at_machine() {
  std::error_code error;
  if (std::filesystem::exists(clock_state_, error)
      && !std::filesystem::exists(clock_state_ / "synchronized", error))
    add({kind::clock,
         severity::warning,
         {},
         "systemd-timesyncd has not synchronised the clock",
         "`timedatectl timesync-status` says why; certificates are judged by this clock"});
  const auto [open, limit] = files_();
  const auto most = static_cast<double>(limit);
  if (!open || static_cast<double>(*open) > near_the_limit * most)
    add({kind::open_files,
         severity::error,
         {},
         "the hub has " + (open ? std::to_string(*open) : "all") + " of " + whole(most)
           + " files open",
         "raise LimitNOFILE= of the service, or lower limits.connections"});
}

} // namespace fedhub
