// The diagnostics actor: the hub's own set-up.
#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/diagnostics_look.hpp"
#include "actors/admin/diagnostics_state.hpp"
#include "actors/dial/spawn_connector.hpp"
#include "actors/hub/settings.hpp"

namespace fedhub {

namespace {

using admin::explained_step;
using admin::explanation_row;
using admin::step_result;

/// A published address that answers later than this is out of reach for most servers too.
constexpr std::chrono::seconds reach_time{5};

/// Returns the local domains that are no wildcards, each once, in the order of the configuration.
std::vector<domain_name> exact_domains(const conf::config& config) {
  std::vector<domain_name> names;
  std::set<domain_name> known;
  for (const auto& node : config.nodes)
    for (const auto& domain : node.domains)
      if (!domain.wildcard() && known.insert(domain.base()).second)
        names.push_back(domain.base());
  return names;
}

explanation_row judge_node(const admin::node_row& node) {
  explanation_row row{.step = explained_step::node, .source = "[[node]] " + node.name};
  row.detail = node.name + ": ";
  row.detail += node.why.empty() ? std::string{to_string(node.health)} : node.why;
  if (node.health == admin::node_health::down) {
    row.result = step_result::fail;
    row.why = failure::node_unavailable;
  } else if (node.health == admin::node_health::degraded) {
    row.result = step_result::warn;
    row.why = failure::node_unavailable;
  }
  return row;
}

explanation_row judge_reach(const socket_address& address, const connected& outcome) {
  explanation_row row{.step = explained_step::reach, .detail = address.str()};
  row.duration_s = std::chrono::duration<double>(outcome.time).count();
  if (outcome.why == failure::none) {
    row.detail += " accepts connections from here";
    return row;
  }
  row.result = step_result::warn;
  row.why = outcome.why;
  row.detail = outcome.detail.empty() ? address.str() + ": " + std::string{describe(outcome.why)}
                                      : outcome.detail;
  row.remedy = "Test the address from another network. If it works there, the router does not pass "
               "connections from inside back in (hairpin NAT). Else open the port in the firewall.";
  return row;
}

} // namespace

diagnostics_state::promise diagnostics_state::answer(const check_question& question) {
  auto reply = make_reply();
  const auto begun = begin_look(reply);
  if (!begun) {
    reply.deliver(std::make_shared<const diagnosis>(no_room()));
    return reply;
  }
  const auto wanted = [&](checked_part part) {
    return std::ranges::find(question.parts, part) != question.parts.end();
  };
  if (wanted(checked_part::dns) || wanted(checked_part::reach))
    check_names(begun, wanted(checked_part::dns), wanted(checked_part::reach));
  if (wanted(checked_part::certificates))
    check_certificates(begun);
  if (wanted(checked_part::nodes))
    check_nodes(begun);
  if (wanted(checked_part::estate))
    begun->steps.add(skipped_step(explained_step::estate, "this hub is not a part of an estate"));
  begun->steps.close();
  return reply;
}

void diagnostics_state::check_names(const look_ptr& into, bool records, bool reach_too) {
  const auto names = exact_domains(into->in_force->config);
  for (size_t i = 0; i < std::min(names.size(), most_domains); ++i)
    add_published(into, names[i], records, reach_too);
  if (names.empty())
    into->steps.add(
      skipped_step(explained_step::published_records, "no node has a domain without a wildcard"));
  if (names.size() > most_domains)
    into->steps.add(skipped_step(explained_step::published_records,
                                 std::to_string(names.size() - most_domains)
                                   + " more domains; explain each that matters"));
}

void diagnostics_state::check_certificates(const look_ptr& into) const {
  for (const auto& name : exact_domains(into->in_force->config))
    add_certificate(into, name);
  std::vector<domain_pattern> wildcards;
  for (const auto& node : into->in_force->config.nodes)
    for (const auto& domain : node.domains)
      if (domain.wildcard())
        wildcards.push_back(domain);
  const auto uncovered = into->in_force->tls->uncovered(wildcards);
  for (const auto& pattern : wildcards) {
    explanation_row row{.step = explained_step::certificate, .detail = pattern.str() + ": "};
    row.source = "tls.certificate";
    row.detail += "a certificate has this wildcard, which covers one label below it";
    if (std::ranges::find(uncovered, pattern) != uncovered.end()) {
      row.result = step_result::warn;
      row.detail = pattern.str() + ": no configured certificate has this wildcard";
      row.remedy = "Get a certificate with the names in use below " + pattern.base().str()
                   + " from a public CA, and name its files in [[tls.certificate]].";
    }
    into->steps.add(std::move(row));
  }
}

void diagnostics_state::check_nodes(const look_ptr& into) {
  const auto place = into->steps.await();
  nodes_question question;
  question.page.limit = page_request::most;
  self_
    ->request(hub_->admin, 4 * answer_time, ask_atom_v,
              std::make_shared<const admin_question>(question))
    .then(
      [=](const admin_answer_ptr& answer) {
        gathered_steps::rows rows;
        if (const auto* page = std::get_if<admin::page<admin::node_row>>(answer.get()))
          for (const auto& node : page->items)
            rows.push_back(judge_node(node));
        into->steps.fill(place, std::move(rows));
      },
      [=](const caf::error&) {
        into->steps.fill(place, {skipped_step(explained_step::node, "the hub is too busy")});
      });
}

void diagnostics_state::reach(const look_ptr& into, size_t place, const resolution& seen) {
  for (const auto& target : seen.targets)
    for (const auto& address : target.addresses) {
      if (into->reached.size() >= most_addresses || !into->reached.insert(address.str()).second)
        continue;
      into->steps.await_also();
      if (address.is_private() && !into->place.allow_private_addresses) {
        into->steps.fill_also(
          place, skipped_step(explained_step::reach, address.str() + " is not a public address"));
        continue;
      }
      auto only = std::make_shared<resolution>();
      only->domain = seen.domain;
      only->targets.push_back({.host = target.host, .port = target.port, .addresses = {address}});
      connect(into, place, only);
    }
}

void diagnostics_state::connect(const look_ptr& into, size_t place, const resolution_ptr& only) {
  const auto connector =
    spawn_connector(self_->home_system(), hub_->loop, only, race_options{.timeout = reach_time});
  const auto address = only->targets.front().addresses.front();
  self_->request(connector, diagnosis_time, connect_atom_v)
    .then(
      [=](const connected_ptr& outcome) {
        into->steps.fill_also(place, judge_reach(address, *outcome));
      },
      [=](const caf::error&) {
        into->steps.fill_also(
          place, skipped_step(explained_step::reach, address.str() + ": the hub is too busy"));
      });
}

} // namespace fedhub
