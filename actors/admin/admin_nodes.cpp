// The admin actor: questions about nodes.
#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/admin_gathering.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/routing_table.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// The most domains of a server whose queues are looked at.
constexpr size_t most_queues = 50;

/// Returns the part of `rows` that a page asks for. The rows are in the order of their `name`.
admin::page<admin::node_row> page_of(std::vector<admin::node_row> rows, const page_request& asked) {
  admin::page<admin::node_row> page;
  page.total = rows.size();
  std::ranges::sort(rows, {}, &admin::node_row::name);
  for (auto& row : rows) {
    if (!asked.after.empty() && row.name <= asked.after)
      continue;
    if (page.items.size() == asked.limit) {
      page.next = page.items.back().name;
      break;
    }
    page.items.push_back(std::move(row));
  }
  return page;
}

/// A page of nodes, and their links.
struct nodes_answer {
  admin::page<admin::node_row> page;
  std::vector<std::vector<admin::stream_row>> links; ///< of each row.

  admin::page<admin::node_row> finished() {
    for (size_t i = 0; i < page.items.size(); ++i)
      for (const auto& link : links[i])
        if (link.more) {
          *page.items[i].traffic += link.more->traffic;
          page.items[i].queued_stanzas += link.more->outbox_stanzas;
        }
    return std::move(page);
  }
};

} // namespace

admin_state::promise admin_state::answer(const nodes_question& question) {
  const auto at = clocks();
  const auto settings = hub_->current();
  auto known = std::make_shared<nodes_answer>();
  known->page = page_of(node_rows(), question.page);
  known->links.resize(known->page.items.size());
  auto reply = make_reply();
  const auto open = gather([reply, known]() mutable {
    reply.deliver(std::make_shared<const admin_answer>(known->finished()));
  });
  for (size_t i = 0; i < known->page.items.size(); ++i) {
    auto& row = known->page.items[i];
    const auto node = std::ranges::find(settings->config.nodes, row.name, &conf::node_config::name);
    if (node == settings->config.nodes.end())
      continue;
    const auto serves = [&](const domain_name& domain) { return node->serves(domain); };
    row.traffic = table_.ended_traffic_of(node->name, serves);
    for (const auto id : table_.link_ids_of(node->name, serves))
      if (auto stream = table_.stream(id, at))
        known->links[i].push_back(std::move(*stream));
    ask_streams(open, known->links[i]);
    ask_queues(open, *node, row);
  }
  open->end_one();
  return reply;
}

/// Adds the stanzas that wait before the node's links: of a component in its own actor, of a server
/// in the actors of its domains.
void admin_state::ask_queues(const gathering_ptr& into, const conf::node_config& node,
                             admin::node_row& row) {
  const auto failed = [into](const caf::error&) { into->end_one(); };
  if (node.protocol() == conf::node_protocol::component) {
    const auto table = hub_->table();
    const auto route = std::ranges::find(table->nodes(), node.name, &node_route::name);
    if (route == table->nodes().end() || !route->sink)
      return;
    into->await();
    self_->request(route->sink, row_time, describe_atom_v)
      .then(
        [into, &row](uint64_t waiting) {
          row.queued_stanzas += waiting;
          into->end_one();
        },
        failed);
    return;
  }
  size_t asked = 0;
  for (const auto& domain : node.domains) {
    if (domain.wildcard() || asked++ == most_queues)
      continue;
    into->await();
    self_->request(hub_->directory, row_time, describe_atom_v, domain.base(), description::row)
      .then(
        [into, &row](const domain_news_ptr& described) {
          row.queued_stanzas += described->queued_stanzas;
          into->end_one();
        },
        failed);
  }
}

std::vector<admin::node_row> admin_state::node_rows() const {
  const auto settings = hub_->current();
  const auto at = clocks();
  std::vector<admin::node_row> rows;
  for (const auto& node : settings->config.nodes) {
    auto& row = rows.emplace_back();
    row.name = node.name;
    row.protocol = to_string(node.protocol());
    for (const auto& domain : node.domains)
      row.domains.push_back(domain.str());
    const auto serves = [&](const domain_name& domain) { return node.serves(domain); };
    row.links = table_.links_of(node.name, serves, at);
    if (row.links.size() > admin::node_row::most_links)
      row.links.resize(admin::node_row::most_links);
    const auto up = hub_->metrics.node_up.value(node.name);
    if (!up)
      row.why = "nothing was sent to it or received from it since the hub started";
    else
      row.health = *up > 0 ? admin::node_health::up : admin::node_health::down;
    if (row.health != admin::node_health::up)
      row.last_error = table_.last_error_of(node.name, serves);
    if (row.health == admin::node_health::down)
      row.why = node.protocol() == conf::node_protocol::component
                  ? "the component is not connected"
                  : "the last attempt to reach it failed";
  }
  return rows;
}

} // namespace fedhub
