#include "actors/admin/configuration_call.hpp"

#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "actors/admin/api_response.hpp"
#include "actors/hub/settings.hpp"
#include "protocol/admin/configuration_rows.hpp"

namespace fedhub {

namespace {

http_response with_version(http_response response, uint64_t version) {
  response.headers.emplace_back("ETag", '"' + std::to_string(version) + '"');
  return response;
}

http_response list(const settings& in_force, const configuration_question& question) {
  if (!in_force.sum)
    return response_of(admin::problem_document{503, "the hub's configuration is of no file"});
  admin::page<admin::configuration_row> page;
  page.total = conf::count_keys(*in_force.sum);
  for (auto& key : conf::list_keys(*in_force.sum, question.first, question.limit))
    page.items.push_back({std::move(key.key), std::move(key.value), std::move(key.initial),
                          std::move(key.file), key.line});
  if (question.first + page.items.size() < page.total)
    page.next = std::to_string(question.first + page.items.size());
  return with_version(json_response(json_of(page)), in_force.version);
}

std::vector<admin::configuration_report::change>
rows_of(const std::vector<conf::changed_key>& changes) {
  std::vector<admin::configuration_report::change> rows;
  rows.reserve(changes.size());
  for (const auto& change : changes)
    rows.push_back({change.key, change.before, change.after});
  return rows;
}

http_response history(const configuration_outcome& outcome, size_t first) {
  admin::page<admin::configuration_change> page;
  page.total = outcome.history_count;
  if (first + outcome.history.size() < page.total)
    page.next = std::to_string(first + outcome.history.size());
  for (const auto& each : outcome.history)
    page.items.push_back({each.number, each.time, each.who, each.undo, rows_of(each.changes)});
  return with_version(json_response(json_of(page)), outcome.version);
}

http_response report(const configuration_outcome& outcome, const configuration_order& order) {
  if (outcome.status != 200) {
    admin::problem_document refusal{outcome.status, outcome.detail};
    for (const auto& each : outcome.problems)
      refusal.problems.push_back({each.file, each.line, each.key, each.found, each.allowed});
    return response_of(refusal);
  }
  if (order.what == configuration_order::action::list)
    return history(outcome, order.first);
  admin::configuration_report result{.version = outcome.version,
                                     .applied = !order.dry_run,
                                     .changes = rows_of(outcome.changes),
                                     .change_count = outcome.change_count,
                                     .warnings = outcome.warnings};
  return with_version(json_response(json_of(result)), outcome.version);
}

/// An actor that lists keys, which takes longer than the server's thread may be busy.
void list_keys_aside(caf::event_based_actor*, const settings_ptr& in_force,
                     const configuration_question& question, const http_responder& respond) {
  respond(list(*in_force, question));
}

/// An actor that passes an order to the supervisor, and the outcome to the responder, then ends.
void carry_order(caf::event_based_actor* self, const supervisor_actor& supervisor,
                 const configuration_order& order, const http_responder& respond) {
  self
    ->request(supervisor, configuration_patience, order_atom_v,
              std::make_shared<const configuration_order>(order))
    .then([=](const configuration_outcome_ptr& outcome) { respond(report(*outcome, order)); },
          [=](const caf::error&) {
            respond(response_of(admin::problem_document{
              503, "the hub is stopping, or its files can't be read in time"}));
          });
}

} // namespace

void answer_configuration_call(caf::actor_system& system, const hub_ptr& hub,
                               const supervisor_actor& supervisor, const configuration_call& call,
                               const http_responder& respond) {
  if (const auto* question = std::get_if<configuration_question>(&call))
    system.spawn(list_keys_aside, hub->current(), *question, respond);
  else
    system.spawn(carry_order, supervisor, std::get<configuration_order>(call), respond);
}

} // namespace fedhub
