// The admin actor: questions about streams, and to their actors.
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/admin_gathering.hpp"
#include "actors/rules/connection_registry.hpp"

namespace fedhub {

namespace {

/// Fills in what a stream's actor says, or has last said.
void fill_in(admin::stream_row& row, const stream_row_ptr& described) {
  if (!described)
    return;
  const auto opened = row.opened;
  row = *described;
  row.opened = opened;
}

} // namespace

admin_state::gathering_ptr admin_state::gather(std::function<void()> finish) {
  return std::make_shared<gathering>(std::move(finish));
}

void admin_state::ask_streams(const gathering_ptr& into, std::vector<admin::stream_row>& rows) {
  for (auto& row : rows) {
    const auto stream = hub_->connections.find(row.id);
    if (!stream)
      continue;
    into->await();
    self_->request(stream, row_time, describe_atom_v)
      .then(
        [this, into, &row](const stream_row_ptr& described) {
          described_.note(described);
          fill_in(row, described);
          into->end_one();
        },
        [this, into, &row](const caf::error&) {
          fill_in(row, described_.find(row.id));
          into->end_one();
        });
  }
}

admin_state::promise admin_state::answer(const streams_question& question) {
  auto page = std::make_shared<admin::page<admin::stream_row>>(table_.streams(question, clocks()));
  auto reply = make_reply();
  const auto open = gather([reply, page]() mutable {
    reply.deliver(std::make_shared<const admin_answer>(std::move(*page)));
  });
  ask_streams(open, page->items);
  open->end_one();
  return reply;
}

admin_state::promise admin_state::answer(const stream_question& question) {
  auto row = table_.stream(question.id, clocks());
  if (!row)
    return refuse(404, "there is no stream " + std::to_string(question.id));
  auto rows = std::make_shared<std::vector<admin::stream_row>>();
  rows->push_back(std::move(*row));
  auto reply = make_reply();
  const auto open = gather([reply, rows]() mutable {
    reply.deliver(std::make_shared<const admin_answer>(std::move(rows->front())));
  });
  ask_streams(open, *rows);
  open->end_one();
  return reply;
}

} // namespace fedhub
