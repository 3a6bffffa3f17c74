// The admin actor: questions about domains.
#include "actors/admin/admin_gathering.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/domain_rule.hpp"

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

/// A page of domains, and their streams.
struct domains_answer {
  admin::page<admin::domain_row> page;
  std::vector<std::vector<admin::stream_row>> streams; ///< of each row.
  std::vector<std::vector<bool>> counts; ///< whether a stream's traffic is the domain's.

  admin::page<admin::domain_row> finished() {
    stream_sums sums{page.items.size()};
    for (size_t i = 0; i < page.items.size(); ++i)
      for (size_t k = 0; k < streams[i].size(); ++k)
        sums.add(i, page.items[i], streams[i][k], counts[i][k]);
    return std::move(page);
  }
};

/// The answer about one domain.
struct domain_answer {
  admin::domain_details details;
  std::vector<bool> counts; ///< whether a stream's traffic is the domain's.

  admin::domain_details finished() {
    stream_sums sums{1};
    for (size_t i = 0; i < details.streams.size(); ++i)
      sums.add(0, details.row, details.streams[i], counts[i]);
    return std::move(details);
  }
};

} // namespace

void admin_state::ask_domain(const gathering_ptr& into, const domain_name& domain,
                             description depth, std::function<void(const domain_news&)> take) {
  if (!table_.has_actor(domain))
    return;
  into->await();
  self_->request(hub_->directory, row_time, describe_atom_v, domain, depth)
    .then(
      [this, into, take = std::move(take)](const domain_news_ptr& described) {
        table_.refresh(described);
        take(*described);
        into->end_one();
      },
      [into](const caf::error&) { into->end_one(); });
}

admin_state::promise admin_state::answer(const domains_question& question) {
  const auto at = clocks();
  auto known = std::make_shared<domains_answer>();
  known->page = table_.domains(question, at);
  const auto streams = table_.streams_of_each(known->page.items);
  known->streams.resize(streams.size());
  known->counts.resize(streams.size());
  auto reply = make_reply();
  const auto open = gather([reply, known]() mutable {
    reply.deliver(std::make_shared<const admin_answer>(known->finished()));
  });
  for (size_t i = 0; i < streams.size(); ++i) {
    auto& row = known->page.items[i];
    const auto name = domain_name::parse(row.name);
    if (!name)
      continue;
    ask_domain(open, *name, description::row, [this, known, &row](const domain_news& news) {
      federation_table::describe(row, news, clocks());
    });
    for (const auto id : streams[i])
      if (auto stream = table_.stream(id, at)) {
        known->streams[i].push_back(std::move(*stream));
        known->counts[i].push_back(table_.counts_for(id, *name));
      }
    ask_streams(open, known->streams[i]);
  }
  open->end_one();
  return reply;
}

admin_state::promise admin_state::answer(const domain_question& question) {
  const auto at = clocks();
  auto row = table_.domain(question.name, at);
  if (!row)
    return refuse(404, "the hub has not federated with " + question.name.str()
                         + " since it started, or not for long");
  auto known = std::make_shared<domain_answer>();
  auto& details = known->details;
  details.row = std::move(*row);
  details.rule = rule_of(*hub_->current(), question.name);
  const auto ids = table_.streams_of(question.name);
  details.stream_count = ids.size();
  for (size_t i = 0; i < std::min(ids.size(), admin::domain_details::most_streams); ++i)
    if (auto stream = table_.stream(ids[i], at)) {
      details.streams.push_back(std::move(*stream));
      known->counts.push_back(table_.counts_for(ids[i], question.name));
    }
  auto reply = make_reply();
  const auto open = gather([reply, known]() mutable {
    reply.deliver(std::make_shared<const admin_answer>(known->finished()));
  });
  // Only the domain's own actor knows its attempts, and what is queued now.
  ask_domain(open, question.name, description::attempts_too,
             [this, known](const domain_news& news) {
               federation_table::describe(known->details.row, news, clocks());
               known->details.attempts = news.attempts;
             });
  ask_streams(open, details.streams);
  open->end_one();
  return reply;
}

} // namespace fedhub
