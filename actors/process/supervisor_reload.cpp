// The supervisor: reloads.
#include "actors/process/supervisor_state.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/dns/dns_view_server.hpp"
#include "actors/history/history_queue.hpp"
#include "actors/hub/hub_services.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/resumable_sessions.hpp"
#include "actors/rules/routing_table.hpp"
#include "actors/rules/unauthenticated_memory.hpp"
#include "actors/runtime/network_loop.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

bool supervisor_state::reject(const std::string& why, const std::string& first_problem) {
  hub_log("reloads").error("the configuration was not reloaded: {}", fact::reason(why),
                           fact::outcome("rejected"));
  hub->metrics.config_reloads.at(reload_result::rejected).Increment();
  hub->configuration_rejected(first_problem.empty() ? why : why + "; first " + first_problem);
  record_reload("rejected: " + why);
  return false;
}

void supervisor_state::record_reload(std::string outcome) {
  hub->history.record({.kind = admin::event_kind::config, .detail = outcome});
  if (!files->carries_out_an_order()) // `report_change` names who gave it
    hub->history.record(admin::audit_row{
      .kind = "config", .actor = "configuration file", .detail = std::move(outcome)});
}

bool supervisor_state::use(const configuration_read& outcome) {
  for (auto& warning : outcome.warnings)
    hub_log("warnings of the configuration").warn("{}", fact::detail(warning));
  for (auto& problem : outcome.loaded.problems)
    hub_log("problems of the configuration")
      .error("{}", conf::to_string(problem), fact::file(problem.file), fact::line(problem.line),
             fact::setting(problem.key), fact::found(problem.found),
             fact::allowed(problem.allowed));
  if (outcome.loaded.more_problems > 0)
    hub_log("problems of the configuration")
      .error("{}", fact::detail(conf::more_text(outcome.loaded.more_problems)));
  const auto stops = plan.at() != drain_plan::stage::running;
  if (const auto fault = stops ? "the hub is stopping" : outcome.fault; !fault.empty()) {
    if (!outcome.renewal)
      return reject(fault, outcome.problems.empty() ? std::string{} : outcome.problems.front());
    not_renewed(fault);
    return false;
  }
  apply(outcome);
  if (outcome.renewal)
    hub_log("renewals").info("the self-signed certificate was renewed");
  else
    reloaded = outcome.file;
  return true;
}

void supervisor_state::end_reload() {
  if (auto from = std::exchange(reloaded, {})) {
    hub_log("reloads").info("the configuration was reloaded from {}", fact::file(*from),
                            fact::outcome("applied"));
    hub->metrics.config_reloads.at(reload_result::applied).Increment();
    hub->configuration_applied();
    record_reload("applied: " + from->string());
    hub->metrics.config_applied_time.Set(unix_seconds(std::chrono::system_clock::now()));
  }
  files->applied();
}

void supervisor_state::on_round(uint64_t round) {
  if (rounds.on_end(round))
    end_reload();
}

void supervisor_state::on_late_reload(uint64_t number) {
  if (!rounds.running() || rounds.number() != number)
    return;
  hub_log("reloads").warn("some streams have not applied the configuration within {} s",
                          fact::timeout_s(reload_rounds::longest));
  rounds.stop();
  end_reload();
}

void supervisor_state::report_change(const configuration_order& order,
                                     const configuration_outcome& outcome) {
  std::string keys;
  constexpr size_t most_named = 10;
  for (size_t i = 0; i < outcome.changes.size() && i < most_named; ++i)
    keys += (i == 0 ? ": " : ", ") + outcome.changes[i].key;
  if (outcome.change_count > most_named)
    keys += ", ...";
  hub_log("reloads").info("{} changed {} keys of the configuration{}", fact::detail(order.who),
                          outcome.change_count, keys);
  hub->history.record(
    admin::audit_row{.kind = "config",
                     .actor = order.who,
                     .detail = std::to_string(outcome.change_count) + " keys changed" + keys});
}

void supervisor_state::apply(const configuration_read& read) {
  const auto& config = *read.loaded.value;
  for (auto& name : configure_log(config.log, config.hub.name))
    hub_log("warnings of the configuration")
      .warn("log.modules: there is no module \"{}\"", fact::found(name),
            fact::setting("log.modules"));
  limit_peer_log(config);
  auto old = hub->current();
  former_rules before{old, hub->table()};
  auto resolver = old->resolver;
  if (config.dns != old->config.dns
      || config.limits.dns_questions != old->config.limits.dns_questions) {
    resolver = start_resolver(self->home_system(), hub->loop, hub->metrics, config);
    self->monitor(resolver);
    // Pending questions to the old resolver still get an answer.
    caf::delayed_anon_send(caf::actor_cast<caf::actor>(old->resolver), 2 * old->config.dns.timeout,
                           caf::exit_msg{self->address(), caf::exit_reason::user_shutdown});
  }
  auto next = std::make_shared<const settings>(settings{
    config, read.tls, std::move(resolver), read.keys, std::make_shared<const trust_policy>(config),
    read.renewal ? old->sum : read.loaded.sum, old->version + (read.renewal ? 0 : 1)});
  declare_names(*next);
  warn_of_certificates(*next);
  hub->replace(next);
  hub->admission.limits(admission_limits_of(config));
  if (hub->dns_view != nullptr)
    hub->dns_view->apply(std::make_shared<const conf::config>(config));
  hub->history.set_bounds(history_bounds_of(config.admin));
  hub->account.memory_limit(memory_limit_of(config.limits));
  hub->unauthenticated.limit(memory_limit_of(config.limits) / hub_services::unauthenticated_part);
  apply_nodes(config);
  publish();
  hub->sessions.purge([table = hub->table()](const domain_pair& x) {
    return table->admits_pair(x.from, x.to) == failure::none;
  });
  self->send(hub->directory, table_atom_v, hub->table());
  std::vector<node_actor> holders;
  for (auto& [name, node] : nodes)
    if (node.actor)
      holders.push_back(node.actor);
  rounds.begin(*hub, supervisor_actor{self}, std::move(before), std::move(holders));
  self->delayed_send(self, reload_rounds::longest, tick_atom_v, rounds.number());
}

void supervisor_state::warn_of_certificates(const settings& rules) {
  for (auto& warning : rules.tls->warnings())
    hub_log("warnings of the configuration").warn("{}", fact::detail(warning));
  for (auto& row : rules.config.trust)
    if (accepts(row, conf::trust_method::dane) && !rules.config.dns.validating)
      hub_log("warnings of the configuration")
        .warn("trust {}: DANE proves nothing without dns.validating", fact::domain(row.domain),
              fact::setting("dns.validating"));
  auto domains = rules.tls->uncovered(local_domains(rules.config));
  for (auto& domain : domains)
    hub_log("warnings of the configuration")
      .warn("no certificate covers {}: peers that check certificates will refuse its streams",
            fact::domain(domain));
  hub->metrics.uncovered_domains.Set(static_cast<double>(domains.size()));
}

void supervisor_state::declare_names(const settings& rules) {
  std::vector<std::string> certificates;
  for (auto& certificate : rules.tls->certificates())
    certificates.push_back(certificate.label);
  hub->metrics.certificate_remaining.declare(certificates);
  for (auto& certificate : rules.tls->certificates())
    hub->metrics.certificate_remaining.set(certificate.label, unix_seconds(certificate.not_after));
  std::vector<std::string> names;
  for (auto& node : rules.config.nodes)
    names.push_back(node.name);
  hub->metrics.node_links.declare(names);
  hub->metrics.node_up.declare(names);
}

} // namespace fedhub
