#include "actors/admin/admin_state.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/domain_order.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/rules/routing_table.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

uint64_t rounded(double value) { return value > 0 ? static_cast<uint64_t>(value) : 0; }

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

} // namespace

void admin_state::start(hub_ptr hub, admin_seed seed) {
  hub_ = std::move(hub);
  seed_ = std::move(seed);
  share_ = gauge_share{hub_->metrics.actors.at(actor_kind::other), 1};
  self_->send(self_, tick_atom_v);
}

std::chrono::steady_clock::time_point admin_state::now() const {
  return self_->home_system().clock().now();
}

federation_table::clocks admin_state::clocks() const {
  return {now(), std::chrono::system_clock::now()};
}

admin_state::promise admin_state::deliver(admin_answer answer) {
  auto reply = make_reply();
  reply.deliver(std::make_shared<const admin_answer>(std::move(answer)));
  return reply;
}

admin_state::promise admin_state::refuse(unsigned status, std::string detail) {
  return deliver(admin::problem_document{status, std::move(detail)});
}

void admin_state::describe_streams(std::vector<admin::stream_row> rows, described_streams finish) {
  struct gathering {
    std::vector<admin::stream_row> rows;
    size_t awaited = 1;
    described_streams finish;

    void end_one() {
      if (--awaited == 0)
        finish(std::move(rows));
    }
  };
  auto open = std::make_shared<gathering>();
  open->rows = std::move(rows);
  open->finish = std::move(finish);
  for (size_t i = 0; i < open->rows.size(); ++i) {
    const auto stream = hub_->connections.find(open->rows[i].id);
    if (!stream)
      continue;
    ++open->awaited;
    self_->request(stream, answer_time, describe_atom_v)
      .then(
        [open, i](const stream_row_ptr& described) {
          auto& row = open->rows[i];
          const auto opened = row.opened;
          row = *described;
          row.opened = opened;
          open->end_one();
        },
        [open](const caf::error&) { open->end_one(); });
  }
  open->end_one(); // every actor has been asked
}

// ---- questions ---------------------------------------------------------------------------------

admin_state::promise admin_state::on_question(const admin_question& question) {
  table_.on_rules(hub_->table(), now());
  return std::visit([this](auto& asked) { return answer(asked); }, question);
}

admin_state::promise admin_state::answer(const status_question&) {
  const auto settings = hub_->current();
  const auto& metrics = hub_->metrics;
  admin::hub_status status;
  status.name = settings->config.hub.name;
  status.version = FEDHUB_VERSION;
  status.since = seed_.since;
  status.ready = !hub_->draining;
  if (!status.ready)
    status.not_ready = "stopping";
  status.listeners = seed_.listeners;
  status.configured =
    admin::clock_time{std::chrono::seconds{rounded(metrics.config_applied_time.Value())}};
  status.federates = settings->config.federation.enabled;
  status.domains = table_.domain_counts();
  status.streams = table_.stream_counts();
  for (const auto direction : {stanza_direction::from_world, stanza_direction::from_node})
    status.queued_stanzas += rounded(metrics.stanzas_queued.at(direction).Value());
  status.queued_bytes = rounded(metrics.queued_octets.Value());
  status.notifications = notifications_.size();
  status.nodes = node_rows();
  status.certificates = certificates();
  return deliver(std::move(status));
}

std::vector<admin::hub_status::certificate> admin_state::certificates() const {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::vector<admin::hub_status::certificate> found;
  for (const auto& certificate : hub_->current()->tls->certificates()) {
    const std::chrono::duration<double, std::ratio<86400>> left = certificate.not_after - now;
    found.push_back({certificate.label, left.count()});
  }
  return found;
}

admin_state::promise admin_state::answer(const streams_question& question) {
  auto page = table_.streams(question, clocks());
  auto rows = std::exchange(page.items, {});
  auto reply = make_reply();
  describe_streams(std::move(rows), [reply, page = std::move(page)](auto described) mutable {
    page.items = std::move(described);
    reply.deliver(std::make_shared<const admin_answer>(std::move(page)));
  });
  return reply;
}

admin_state::promise admin_state::answer(const stream_question& question) {
  auto row = table_.stream(question.id, clocks());
  if (!row)
    return refuse(404, "there is no stream " + std::to_string(question.id));
  auto reply = make_reply();
  describe_streams({std::move(*row)}, [reply](auto described) mutable {
    reply.deliver(std::make_shared<const admin_answer>(std::move(described.front())));
  });
  return reply;
}

admin_state::promise admin_state::answer(const nodes_question& question) {
  return deliver(page_of(node_rows(), question.page));
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

// ---- orders ------------------------------------------------------------------------------------

admin_state::promise admin_state::on_order(const admin_order& order) {
  static const auto reason = std::make_shared<const link_end>(
    link_end{.error = stream_error::none, .why = failure::none, .detail = "closed by an operator"});
  switch (order.what) {
  case admin_order::action::retry_domain:
    if (!table_.domain(order.domain, clocks()))
      return refuse(404, "the hub knows no domain " + order.domain.str());
    self_->send(hub_->directory, retry_atom_v, order.domain);
    break;
  case admin_order::action::close_domain: {
    const auto ids = table_.streams_of(order.domain);
    if (ids.empty())
      return refuse(404, "there is no stream with " + order.domain.str());
    for (const auto id : ids)
      if (const auto stream = hub_->connections.find(id))
        self_->send(stream, close_atom_v, reason);
    break;
  }
  case admin_order::action::acknowledge:
    return acknowledge(order.notification, order.by);
  case admin_order::action::close_stream: {
    const auto stream = hub_->connections.find(order.stream);
    if (!stream)
      return refuse(404, "there is no stream " + std::to_string(order.stream));
    self_->send(stream, close_atom_v, reason);
    break;
  }
  }
  return deliver(std::monostate{});
}

} // namespace fedhub
