// The supervisor: reloads.
#include "actors/process/supervisor_state.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/dns/dns_view_server.hpp"
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

bool supervisor_state::reject(const std::string& why) {
  hub_log("reloads").error("the configuration was not reloaded: {}", fact::reason(why),
                           fact::outcome("rejected"));
  hub->metrics.config_reloads.at(reload_result::rejected).Increment();
  return false;
}

bool supervisor_state::use(const configuration_read& outcome) {
  for (auto& warning : outcome.warnings)
    hub_log("warnings of the configuration").warn("{}", fact::detail(warning));
  for (auto& problem : outcome.loaded.problems)
    hub_log("problems of the configuration")
      .error("{}", conf::to_string(problem), fact::file(problem.file), fact::line(problem.line),
             fact::setting(problem.key), fact::found(problem.found),
             fact::allowed(problem.allowed));
  const auto stops = plan.at() != drain_plan::stage::running;
  if (const auto fault = stops ? "the hub is stopping" : outcome.fault; !fault.empty()) {
    if (!outcome.renewal)
      return reject(fault);
    not_renewed(fault);
    return false;
  }
  apply(*outcome.loaded.value, outcome.tls, outcome.keys);
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

void supervisor_state::apply(const conf::config& config, std::shared_ptr<const tls_store> tls,
                             std::shared_ptr<const dialback_keys> keys) {
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
  auto next = std::make_shared<const settings>(
    settings{config, std::move(tls), std::move(resolver), std::move(keys),
             std::make_shared<const trust_policy>(config)});
  declare_names(*next);
  warn_of_certificates(*next);
  hub->replace(next);
  hub->admission.limits(admission_limits_of(config));
  if (hub->dns_view != nullptr)
    hub->dns_view->apply(std::make_shared<const conf::config>(config));
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
