// The diagnostics actor: what would happen to a stanza.
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/diagnostics_look.hpp"
#include "actors/admin/diagnostics_state.hpp"
#include "actors/dns/spawn_resolver.hpp"
#include "actors/hub/settings.hpp"
#include "actors/net/own_addresses.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

using admin::explained_step;
using admin::explanation_row;
using admin::step_result;

constexpr explained_step steps_of_way[] = {explained_step::federation,
                                           explained_step::privacy,
                                           explained_step::route,
                                           explained_step::resolver,
                                           explained_step::stream,
                                           explained_step::trust,
                                           explained_step::published_records,
                                           explained_step::published_addresses,
                                           explained_step::certificate};

std::string names_of(const std::vector<conf::ip_endpoint>& servers) {
  std::string text;
  for (const auto& server : servers)
    text.append(text.empty() ? "" : ", ").append(server.str());
  return text.empty() ? "the system's name servers" : text;
}

const std::vector<conf::ip_endpoint>& public_servers(const conf::config& config) {
  return config.check.resolvers.empty() ? config.dns.servers : config.check.resolvers;
}

std::chrono::sys_seconds today() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

explanation_row late_step(explained_step step, std::string about) {
  return {.step = step,
          .result = step_result::fail,
          .why = failure::dns_timeout,
          .detail = std::move(about) + ": no answer within "
                    + std::to_string(diagnosis_time.count()) + " s"};
}

} // namespace

diagnostics_state::look_ptr diagnostics_state::begin_look(promise reply) {
  if (*under_way_ >= most_under_way)
    return nullptr;
  auto begun = std::make_shared<look>(std::move(reply), under_way_);
  begun->begun = now();
  begun->in_force = hub_->current();
  begun->table = hub_->table();
  const auto& config = begun->in_force->config;
  begun->place = {listeners_, own_addresses(), config.dns.allow_private_addresses};
  begun->public_servers = names_of(public_servers(config));
  return begun;
}

admin::problem_document diagnostics_state::no_room() {
  return {503, std::to_string(most_under_way) + " others are being answered; try again"};
}

/// A resolver of its own has no cached answers, so it sees the records as they are now.
resolver_actor diagnostics_state::make_public_resolver() const {
  const auto settings = hub_->current();
  resolver_options options;
  for (const auto& server : public_servers(settings->config))
    options.servers.emplace_back(server.ip, server.port);
  options.allow_private_addresses = true; // to show them; `judge_addresses` refuses them
  options.validating = settings->config.dns.validating;
  options.timeout = settings->config.dns.timeout;
  return spawn_resolver(self_->home_system(), hub_->loop, std::move(options));
}

node_presence diagnostics_state::presence() const {
  return
    [&metrics = hub_->metrics](const std::string& node) { return metrics.node_up.value(node); };
}

diagnostics_state::promise diagnostics_state::answer(const explain_question& question) {
  const bool connects =
    question.connect && way_of(*hub_->table(), question) == explained_way::outgoing;
  if (auto refused = connects ? no_trial() : std::nullopt)
    return deliver(std::move(*refused));
  auto reply = make_reply();
  const auto begun = begin_look(reply);
  if (!begun) {
    reply.deliver(std::make_shared<const diagnosis>(no_room()));
    return reply;
  }
  if (connects) {
    begun->trial = trials_;
    recent_trials_.push_back(now());
  }
  const auto way = way_of(*begun->table, question);
  using enum explained_way;
  if (way == foreign || way == outgoing || way == inside)
    begun->steps.add(explain_end(explained_step::sender, question.from, *begun->table, presence()));
  if (way == incoming || way == inside)
    begun->steps.add(
      explain_end(explained_step::recipient, question.to, *begun->table, presence()));
  if (way == foreign || way == inside) {
    const auto* why =
      way == inside ? "both domains are local: the stanza stays inside" : "neither domain is local";
    for (const auto step : steps_of_way)
      begun->steps.add(skipped_step(step, why));
  } else {
    explain_way(begun, way, question);
  }
  begun->steps.close();
  return reply;
}

void diagnostics_state::explain_way(const look_ptr& into, explained_way way,
                                    const explain_question& question) {
  const bool outgoing = way == explained_way::outgoing;
  const auto& remote = outgoing ? question.to.domain : question.from.domain;
  const auto& local = outgoing ? question.from.domain : question.to.domain;
  const auto& settings = *into->in_force;
  into->steps.add(explain_federation(settings.config));
  into->steps.add(settings.config.federation.enabled
                    ? explain_privacy(settings, *into->table, remote)
                    : skipped_step(explained_step::privacy, "federation is switched off"));
  into->steps.add(explain_route(settings.config, *into->table, remote));
  const auto place = into->steps.await();
  add_domain_details(into, way, remote);
  std::optional<wanted_trial> trial;
  if (question.connect)
    trial = {into->steps.await(), {local, remote}};
  if (!outgoing && trial) {
    into->steps.fill(trial->place, {skipped_step(explained_step::connect,
                                                 "a stream is opened to a remote recipient only")});
    trial.reset();
  }
  ask_for_resolution(into, place, remote, trial);
  add_published(into, local, true, false);
  add_certificate(into, local);
}

void diagnostics_state::ask_for_resolution(const look_ptr& into, size_t place,
                                           const domain_name& remote,
                                           const std::optional<wanted_trial>& trial) {
  if (into->table->admits(remote) != failure::none) {
    const auto why = remote.str() + " is refused";
    into->steps.fill(place, {skipped_step(explained_step::resolver, why)});
    if (trial)
      into->steps.fill(trial->place, {skipped_step(explained_step::connect, why)});
    return;
  }
  const auto& config = into->in_force->config;
  const auto targets = into->table->static_route(remote);
  const bool allow_private = targets != nullptr || config.dns.allow_private_addresses;
  const auto found = [=, this](const resolution_trace_ptr& trace) {
    if (trial)
      try_stream(into, *trial, trace->outcome);
    into->steps.fill(place, {explain_resolution(*trace, allow_private,
                                                names_of(into->in_force->config.dns.servers))});
  };
  const auto failed = [=](const caf::error&) {
    into->steps.fill(place, {late_step(explained_step::resolver, remote.str())});
    if (trial)
      into->steps.fill(trial->place,
                       {skipped_step(explained_step::connect, "no address is known")});
  };
  // Direct TLS must not be used where the rules forbid TLS.
  const auto services = into->in_force->trust->security(remote) == stream_security::no_tls
                          ? service_kinds::starttls
                          : service_kinds::any;
  const auto& resolver = into->in_force->resolver;
  if (targets != nullptr)
    self_->request(resolver, diagnosis_time, trace_atom_v, remote, targets, dns_asker{})
      .then(found, failed);
  else
    self_->request(resolver, diagnosis_time, trace_atom_v, remote, services, dns_asker{})
      .then(found, failed);
}

void diagnostics_state::add_domain_details(const look_ptr& into, explained_way way,
                                           const domain_name& remote) {
  const auto place = into->steps.await();
  const bool admitted = into->table->admits(remote) == failure::none;
  ask_for_domain(remote, [=](const known_domain& known) {
    auto stream = admitted ? explain_stream(way, remote, known)
                           : skipped_step(explained_step::stream, remote.str() + " is refused");
    into->steps.fill(place,
                     {std::move(stream), explain_trust(*into->in_force, remote, known.details)});
  });
}

void diagnostics_state::ask_for_domain(const domain_name& remote, const when_known& then) {
  // The admin actor asks others in turn, within `answer_time`.
  self_
    ->request(hub_->admin, 4 * answer_time, ask_atom_v,
              std::make_shared<const admin_question>(domain_question{remote}))
    .then(
      [=, this](const admin_answer_ptr& answer) {
        const auto* details = std::get_if<admin::domain_details>(answer.get());
        if (details == nullptr)
          return then({});
        ask_for_hold(remote, {*details, {}}, then);
      },
      [then](const caf::error&) { then({}); });
}

void diagnostics_state::ask_for_hold(const domain_name& remote, const known_domain& known,
                                     const when_known& then) {
  self_->request(hub_->directory, answer_time, describe_atom_v, remote, description::row)
    .then(
      [=, this](const domain_news_ptr& news) {
        auto all = known;
        if (news->held_until)
          all.held_until =
            std::chrono::system_clock::now()
            + std::chrono::duration_cast<admin::clock_time::duration>(*news->held_until - now());
        then(all);
      },
      [=](const caf::error&) { then(known); }); // the domain has no actor
}

void diagnostics_state::add_published(const look_ptr& into, const domain_name& domain, bool records,
                                      bool reach_too) {
  const auto place = into->steps.await();
  const auto tlsa_place = into->steps.await();
  const auto reach_place = into->steps.await();
  if (!into->public_resolver)
    into->public_resolver = make_public_resolver();
  self_
    ->request(into->public_resolver, diagnosis_time, trace_atom_v, domain, service_kinds::any,
              dns_asker{})
    .then(
      [=, this](const resolution_trace_ptr& seen) {
        gathered_steps::rows rows;
        if (records)
          rows = {judge_records(*seen, into->public_servers),
                  judge_addresses(*seen->outcome, into->place)};
        into->steps.fill(place, std::move(rows));
        if (records)
          add_tlsa(into, tlsa_place, *seen->outcome);
        into->steps.fill(tlsa_place, {});
        if (reach_too)
          reach(into, reach_place, *seen->outcome);
        into->steps.fill(reach_place, {});
      },
      [=](const caf::error&) {
        into->steps.fill(place, {late_step(explained_step::published_records, domain.str())});
        into->steps.fill(tlsa_place, {});
        into->steps.fill(reach_place, {});
      });
}

void diagnostics_state::add_tlsa(const look_ptr& into, size_t place, const resolution& seen) {
  std::set<std::pair<std::string, uint16_t>> known; // targets are few, see `resolver_lookup`
  for (const auto& target : seen.targets) {
    if (!target.dnssec.allows_dane() || !known.emplace(target.host, target.port).second)
      continue;
    into->steps.await_also();
    const tlsa_endpoint at{target.host, target.port, target.dnssec.canonical};
    self_->request(into->public_resolver, diagnosis_time, tlsa_atom_v, at, dns_asker{})
      .then(
        [=, domain = seen.domain](const tlsa_set_ptr& records) {
          into->steps.fill_also(place,
                                judge_tlsa(*into->in_force->tls, domain, at, *records, today()));
        },
        [=](const caf::error&) {
          into->steps.fill_also(place, late_step(explained_step::tlsa, at.host));
        });
  }
}

void diagnostics_state::add_certificate(const look_ptr& into, const domain_name& domain) const {
  into->steps.add(judge_certificate_of(*into->in_force->tls, domain, today()));
}

} // namespace fedhub
