// The domain actor: its behaviour, and the way of a stanza.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

domain_actor::behavior_type domain(domain_actor::stateful_pointer<domain_state> self, hub_ptr hub,
                                   const domain_name& target, routing_table_ptr table) {
  self->state.start(std::move(hub), target, std::move(table));
  self->set_down_handler([=](caf::down_msg& x) { self->state.on_actor_down(x); });
  self->set_exit_handler([=](caf::exit_msg& x) { self->state.on_actor_exit(x); });
  return {
    [=](deliver_atom, const stanza_batch_ptr& x) { self->state.on_deliver(x); },
    [=](linkup_atom, const connection_actor& link, questions_taken questions) {
      self->state.on_link_up(link, questions);
    },
    [=](pair_atom, const connection_actor& link, const pair_outcome_ptr& outcome) {
      self->state.on_pair(link, *outcome);
    },
    [=](verified_atom, const verification_ptr& x) { self->state.on_answer(x); },
    [=](step_atom, const connection_actor& link, admin::attempt_step step) {
      self->state.on_step(link, step);
    },
    [=](linkdown_atom, const connection_actor& link, const link_end_ptr& end) {
      self->state.on_link_down(link, *end);
    },
    [=](settled_atom, const connection_actor& link, uint32_t arrived) {
      self->state.on_settled(link, arrived);
    },
    [=](keep_atom, const connection_actor& link, const kept_stream_ptr& kept) {
      self->state.on_keep(link, *kept);
    },
    [=](returned_atom, const connection_actor&, const stanza_batch_ptr& x) {
      self->state.on_returned(*x);
    },
    [=](drained_atom, const connection_actor& x) { self->state.on_drained(x); },
    [=](verify_atom, const verification_ptr& question, const verifier_actor& asker) {
      self->state.on_question(question, asker);
    },
    [=](guest_atom, const std::string& host, const verification_ptr& question,
        const verifier_actor& asker) { self->state.on_guest(host, question, asker); },
    [=](adopt_atom, const connection_actor& link, const domain_pair& pair) {
      self->state.on_reverse(link, pair);
    },
    [=](table_atom, const routing_table_ptr& x) { self->state.on_table(x); },
    [](sweep_atom, const reload_round_ptr&) {}, // `on_table` has swept, and denies later stanzas
    [=](retire_atom) { self->state.on_retire(); },
    [=](drain_atom) { self->state.on_drain(); },
    [=](close_atom) { self->state.on_stop(); },
    [=](retry_atom) { self->state.on_retry(); },
    [=](describe_atom, description depth) { return self->state.on_describe(depth); },
    [=](tick_atom) { self->state.on_tick(); },
  };
}

} // namespace

domain_actor spawn_domain(caf::actor_system& system, hub_ptr hub, domain_name target,
                          routing_table_ptr table) {
  return system.spawn(domain, std::move(hub), std::move(target), std::move(table));
}

void domain_state::start(hub_ptr hub, const domain_name& target, routing_table_ptr table) {
  hub_ = std::move(hub);
  attempts_.emplace(hub_->attempts);
  name_ = name_in_use{target};
  const auto t = now();
  // Not a random seed from the system: that costs as much as the rest of this function.
  retry_ = retry_plan{hub_->next_id() ^ static_cast<uint64_t>(t.time_since_epoch().count())};
  const auto settings = hub_->current();
  const auto& limits = settings->config.limits;
  lanes_.emplace(static_cast<int64_t>(limits.queue_bytes_per_domain),
                 static_cast<int64_t>(limits.queue_stanzas_per_domain), hub_->account);
  shares_.actors = gauge_share{hub_->metrics.actors.at(actor_kind::domain), 1};
  route_ = route_progress{t};
  use_ = domain_use{t};
  on_table(std::move(table));
  if (leg_ == stream_leg::s2s_out)
    shares_.domains = gauge_share{hub_->metrics.domains_active, 1};
  schedule(); // an unused actor has to end
}

domain_state::lane_entry& domain_state::lane_of(const domain_name& sender) {
  const auto [entry, added] = lanes_->of(sender);
  if (added)
    entry.second.denied = table_->admits_pair(sender, target());
  return entry; // cppcheck-suppress returnReference // `of` returns a reference in a pair
}

lane_patience domain_state::patience() const {
  const auto settings = hub_->current();
  const auto& timeouts = settings->config.timeouts;
  lane_patience out{.queue = timeouts.queue, .dialback = timeouts.dialback};
  if (node_.absence.awaited())
    out.queue.reset(); // `timeouts.node` limits the wait instead
  return out;
}

/// Returns the stream that takes all of these stanzas unchanged; null if they have to be
/// distributed.
connection_actor domain_state::only_way_of(const std::vector<stanza>& stanzas) const {
  const auto* sender = stanzas.empty() ? nullptr : stanzas.front().from;
  if (stopping() || sender == nullptr || !name_.own()
      || std::ranges::any_of(stanzas, [&](auto& x) { return x.from != sender; }))
    return {};
  const auto* lane = lanes_->find(sender->name);
  return lane != nullptr ? way_of(*lane) : connection_actor{};
}

connection_actor domain_state::way_of(const lane& lane) const {
  switch (lane.way(route_.in(route_phase::ready))) {
  case lane_way::own:
    return link_;
  case lane_way::reverse:
    return lane.reverse->link;
  case lane_way::none:
    break;
  }
  return {};
}

void domain_state::on_deliver(const stanza_batch_ptr& batch) {
  auto t = now();
  use_.touch(t);
  use_.note_carried();
  if (is_other_form())
    hand_over(std::exchange(batch->stanzas, {}));
  else if (auto link = only_way_of(batch->stanzas))
    self_->send(link, deliver_atom_v, batch);
  else
    distribute(batch->stanzas, t);
  hurry();
  dial_if_wanted();
  schedule();
}

/// Sends each stanza to its sender's stream, or queues it, or answers it.
void domain_state::distribute(std::vector<stanza>& stanzas, time_point t) {
  if (!node_.absence.here())
    end_wait();
  const seen_domain* sender = nullptr;
  lane_entry* known = nullptr; // of `sender`
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target())};
  // Nearly always one stream. With XEP-0288 senders may have different streams.
  std::vector<std::pair<connection_actor, stanza_batch_ptr>> out;
  stanza_batch* open = nullptr; // for `sender`'s stream; null if none takes stanzas
  std::vector<lane_entry*> fed; // lanes whose queues got a stanza
  for (auto& stanza : stanzas) {
    if (stopping() || stanza.from == nullptr) {
      replies.reject(stanza, stopping() ? failure::shutting_down : failure::bad_address);
      continue;
    }
    if (stanza.from != sender) {
      sender = stanza.from;
      known = &lane_of(sender->name);
      open = nullptr;
      if (auto way = way_of(known->second)) {
        auto entry = std::ranges::find(out, way, [](auto& x) { return x.first; });
        if (entry == out.end()) {
          entry = out.emplace(out.end(), way, std::make_shared<stanza_batch>(hub_->account));
          entry->second->stanzas.reserve(stanzas.size());
        }
        open = entry->second.get();
      }
    }
    auto& lane = known->second;
    const bool of_node = !stanza.generated;
    if (open != nullptr) {
      open->stanzas.push_back(std::move(stanza));
    } else if (lane.denied != failure::none) {
      replies.reject(stanza, lane.denied);
    } else if (!may_wait(stage_, stanza.generated)) {
      replies.reject(stanza, failure::shutting_down);
    } else if (node_.absence.away()) {
      node_.note_missed(sender->name);
      replies.reject(stanza, failure::node_unavailable);
    } else if (lane.pair.refuses(t)) {
      replies.reject(stanza, lane.pair.why(), lane.pair.detail());
    } else if (auto why = lane.queue.push(stanza); why != failure::none) {
      note_full(sender->name, why);
      replies.reject(stanza, why, retry_.detail());
    } else {
      if (of_node)
        lanes_->note_node();
      if (fed.empty() || fed.back() != known)
        fed.push_back(known);
    }
  }
  stanzas.clear();
  for (auto& [link, batch] : out) {
    if (link == link_)
      address_by_form_in_use(batch->stanzas);
    self_->send(link, deliver_atom_v, std::move(batch));
  }
  for (auto* entry : fed) {
    entry->second.queue.condense(t);
    note_busy(*entry);
    if (route_.in(route_phase::ready))
      ask_peer_for(*entry, t);
  }
}

void domain_state::note_full(const domain_name& sender, failure why) {
  route_log(log_module::stream_out, "full queues")
    .warn("[{} from {}] {}", fact::domain(target()), sender.str(), explained{why, retry_.detail()},
          fact::pair(domain_pair{sender, target()}));
}

void domain_state::send_queue(const connection_actor& to, lane& lane) {
  auto batch = std::make_shared<stanza_batch>(hub_->account);
  batch->stanzas = lane.queue.take_all();
  if (to == link_)
    address_by_form_in_use(batch->stanzas);
  if (!batch->stanzas.empty())
    self_->send(to, deliver_atom_v, std::move(batch));
}

void domain_state::requeue(std::vector<stanza> stanzas) {
  lanes_->note_node();
  std::map<domain_name, std::vector<stanza>> by_sender;
  for (auto& stanza : stanzas)
    by_sender[stanza.from->name].push_back(std::move(stanza));
  for (auto& [sender, own] : by_sender) {
    auto& entry = lane_of(sender);
    auto& lane = entry.second;
    lane.queue.push_front(own);
    if (lane.denied != failure::none)
      reject_all(lane, lane.denied, {});
    if (stage_ != stop_stage::running)
      reject_waiting(lane);
    note_busy(entry);
  }
}

void domain_state::reject_all(lane& lane, failure why, const std::string& detail) {
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target())};
  for (auto& stanza : lane.queue.take_all())
    replies.reject(stanza, why, detail);
}

void domain_state::reject_lanes(failure why, const std::string& detail) {
  for (auto& [sender, lane] : lanes_->all())
    reject_all(lane, why, detail);
}

} // namespace fedhub
