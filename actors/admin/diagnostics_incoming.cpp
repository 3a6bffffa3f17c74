// The diagnostics actor: what would happen to a stanza from a remote domain.
#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/diagnostics_look.hpp"
#include "actors/admin/diagnostics_state.hpp"
#include "actors/history/history_reader.hpp"
#include "protocol/admin/time_text.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

using admin::explained_step;
using admin::explanation_row;
using admin::step_result;

constexpr std::chrono::hours refusals_since{24};
/// The most octets of a peer's words in a step.
constexpr size_t most_words = 300;

std::string count_of(size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

/// Returns the step that shows the refusals of connections that claimed to be this domain.
explanation_row refusals_step(const domain_name& remote, const past_refusals& found) {
  explanation_row row{.step = explained_step::refusals, .source = "history"};
  if (found.rows.empty()) {
    row.detail =
      "no connection that claimed to be " + remote.str() + " was refused in the last 24 hours";
    return row;
  }
  const auto& last = found.rows.front();
  row.result = step_result::warn;
  row.detail = (found.total ? count_of(*found.total, "refusal") : "very many refusals")
               + " in the last 24 hours of connections that claimed to be " + remote.str()
               + "; the last one at " + admin::rfc3339(last.time)
               + (last.actor.empty() ? "" : " of " + std::string{clip(last.actor, most_words)})
               + ": " + (last.failure.empty() ? "" : last.failure + ": ")
               + std::string{clip(last.detail, most_words)};
  row.remedy = "`fedhubctl events --kind refusal --domain " + remote.str()
               + "` lists them; if the addresses are not theirs, somebody else claims the domain";
  return row;
}

explanation_row queue_step(const std::string& local, uint64_t waiting) {
  explanation_row row{.step = explained_step::queue, .source = "node"};
  if (waiting == 0) {
    row.detail = "no stanza waits for the nodes of " + local;
    return row;
  }
  row.result = step_result::warn;
  row.detail = count_of(waiting, "stanza") + (waiting == 1 ? " waits" : " wait")
               + " for the nodes of " + local;
  row.remedy = "`fedhubctl nodes` shows the node that is not there or too slow";
  return row;
}

} // namespace

void diagnostics_state::on_past(uint64_t number, const past_refusals_ptr& found) {
  if (auto asked = awaited_past_.extract(number); !asked.empty())
    asked.mapped()(found.get());
}

void diagnostics_state::add_refusals(const look_ptr& into, const domain_name& remote) {
  const auto place = into->steps.await();
  const auto unknown = [](const std::string& why) {
    return skipped_step(explained_step::refusals, "the history does not answer: " + why);
  };
  if (past_ == nullptr)
    return into->steps.fill(place, {unknown("there is none")});
  const auto number = next_past_++;
  awaited_past_.emplace(number, [=](const past_refusals* found) {
    into->steps.fill(place, {found == nullptr        ? unknown("it is busy")
                             : !found->fault.empty() ? unknown(found->fault)
                                                     : refusals_step(remote, *found)});
  });
  events_question question;
  question.filter = {remote.str(), admin::event_kind::refusal};
  question.since = std::chrono::system_clock::now() - refusals_since;
  question.page.limit = 1;
  past_->ask(std::move(question),
             [self = diagnostics_actor{self_},
              number](const history_answer<admin::history_page<admin::event_row>>& answer) {
               auto found = std::make_shared<past_refusals>();
               if (answer)
                 *found = {answer->items, answer->total, {}};
               else
                 found->fault = answer.error().detail;
               caf::anon_send(self, found_atom_v, number, past_refusals_ptr{std::move(found)});
             });
  // A reader that ends gives no answer.
  self_->delayed_send(self_, history_reader::patience + std::chrono::seconds{1}, found_atom_v,
                      number, past_refusals_ptr{});
}

void diagnostics_state::add_queue(const look_ptr& into, const domain_name& local) {
  const auto place = into->steps.await();
  const auto& table = *into->table;
  auto waiting = std::make_shared<uint64_t>(0);
  auto awaited = std::make_shared<size_t>(1);
  const auto end_one = [=] {
    if (--*awaited == 0)
      into->steps.fill(place, {queue_step(local.str(), *waiting)});
  };
  const auto failed = [=](const caf::error&) { end_one(); };
  const auto* serving = table.serving(local);
  for (const auto index : serving != nullptr ? *serving : std::vector<uint32_t>{})
    if (const auto& sink = table.nodes().at(index).sink) {
      ++*awaited;
      self_->request(sink, answer_time, describe_atom_v)
        .then(
          [=](uint64_t stanzas) {
            *waiting += stanzas;
            end_one();
          },
          failed);
    }
  ++*awaited; // a server's stanzas wait in the actor of the domain, if it has one
  self_->request(hub_->directory, answer_time, describe_atom_v, local, description::row)
    .then(
      [=](const domain_news_ptr& described) {
        *waiting += described->queued_stanzas;
        end_one();
      },
      failed);
  end_one();
}

} // namespace fedhub
