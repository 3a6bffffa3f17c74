// The admin actor: questions about domains.
#include "actors/admin/admin_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/domain_rule.hpp"
#include "actors/rules/connection_registry.hpp"

namespace fedhub {

namespace {

/// Adds to the rows of domains what their streams say.
class stream_sums {
public:
  explicit stream_sums(size_t rows) : latest_(rows) {}

  /// @param i the number of the domain's row.  @param counts the stream's traffic is the domain's.
  void add(size_t i, admin::domain_row& row, const admin::stream_row& stream, bool counts) {
    if (!stream.more || stream.more->pairs.empty())
      return;
    const bool incoming = stream.leg == to_string(stream_leg::s2s_in);
    auto& latest = incoming ? latest_[i].first : latest_[i].second;
    if (counts)
      row.traffic += stream.more->traffic;
    if (stream.id < latest)
      return;
    latest = stream.id;
    auto& shown = incoming ? row.in : row.out;
    shown.tls = stream.more->tls;
    for (const auto& [pair, proof] : stream.more->pairs)
      if ((incoming ? pair.from : pair.to).str() == row.name)
        shown.proof = proof;
  }

private:
  std::vector<std::pair<uint64_t, uint64_t>> latest_; ///< ids, incoming and outgoing.
};

/// A page of domains, some of whose actors have not answered yet.
struct domain_gathering {
  admin::page<admin::domain_row> page;
  stream_sums sums;
  size_t awaited = 1;
  admin_state::promise reply;

  void end_one() {
    if (--awaited == 0)
      reply.deliver(std::make_shared<const admin_answer>(std::move(page)));
  }
};

} // namespace

admin_state::promise admin_state::answer(const domains_question& question) {
  auto page = table_.domains(question, clocks());
  const auto streams = table_.streams_of_each(page.items);
  const auto count = page.items.size();
  auto open = std::make_shared<domain_gathering>(
    domain_gathering{std::move(page), stream_sums{count}, 1, make_reply()});
  const auto failed = [open](const caf::error&) { open->end_one(); };
  for (size_t i = 0; i < count; ++i) {
    const auto name = domain_name::parse(open->page.items[i].name);
    if (!name)
      continue;
    ++open->awaited;
    self_->request(hub_->directory, answer_time, describe_atom_v, *name, description::row)
      .then(
        [this, open, i](const domain_news_ptr& described) {
          federation_table::describe(open->page.items[i], *described, clocks());
          open->end_one();
        },
        failed);
    for (const auto id : streams[i]) {
      const auto stream = hub_->connections.find(id);
      if (!stream)
        continue;
      ++open->awaited;
      self_->request(stream, answer_time, describe_atom_v)
        .then(
          [open, i, counts = table_.counts_for(id, *name)](const stream_row_ptr& described) {
            open->sums.add(i, open->page.items[i], *described, counts);
            open->end_one();
          },
          failed);
    }
  }
  auto reply = open->reply;
  open->end_one(); // every actor has been asked
  return reply;
}

admin_state::promise admin_state::answer(const domain_question& question) {
  const auto at = clocks();
  auto row = table_.domain(question.name, at);
  if (!row)
    return refuse(404, "the hub has not federated with " + question.name.str()
                         + " since it started, or not for long");
  const auto ids = table_.streams_of(question.name);
  std::vector<admin::stream_row> rows;
  std::vector<bool> counts;
  for (size_t i = 0; i < std::min(ids.size(), admin::domain_details::most_streams); ++i)
    if (auto stream = table_.stream(ids[i], at)) {
      rows.push_back(std::move(*stream));
      counts.push_back(table_.counts_for(ids[i], question.name));
    }
  admin::domain_details details;
  details.row = std::move(*row);
  details.rule = rule_of(*hub_->current(), question.name);
  details.stream_count = ids.size();
  auto reply = make_reply();
  const auto ask_streams = [this, reply, rows, counts](admin::domain_details known) {
    describe_streams(rows, [reply, counts, known = std::move(known)](auto streams) mutable {
      stream_sums sums{1};
      for (size_t i = 0; i < streams.size(); ++i)
        sums.add(0, known.row, streams[i], counts[i]);
      known.streams = std::move(streams);
      reply.deliver(std::make_shared<const admin_answer>(std::move(known)));
    });
  };
  // Only the domain's own actor knows what is queued, and its attempts.
  self_
    ->request(hub_->directory, answer_time, describe_atom_v, question.name,
              description::attempts_too)
    .then(
      [=, this](const domain_news_ptr& news) {
        auto known = details;
        federation_table::describe(known.row, *news, clocks());
        known.attempts = news->attempts;
        ask_streams(std::move(known));
      },
      [=](const caf::error&) { ask_streams(details); });
  return reply;
}

} // namespace fedhub
