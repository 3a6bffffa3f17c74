// The domain actor: its behaviour and its queues.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// A refused pair is not asked for again so soon; its stanzas are answered with what is known.
constexpr std::chrono::seconds refusal_time{5};
/// Questions about keys without an answer: each costs memory, and the domain's server an answer.
/// More are answered by an error.
constexpr size_t max_questions = 1024;

domain_actor::behavior_type domain(domain_actor::stateful_pointer<domain_state> self, hub_ptr hub,
                                   const domain_name& target, routing_table_ptr table) {
  self->state.start(std::move(hub), target, std::move(table));
  self->set_down_handler([=](caf::down_msg& x) { self->state.on_actor_down(x); });
  self->set_exit_handler([=](caf::exit_msg& x) { self->state.on_actor_exit(x); });
  return {
    [=](deliver_atom, const stanza_batch_ptr& x) { self->state.on_deliver(x); },
    [=](linkup_atom, const connection_actor& x, questions_taken y) {
      self->state.on_link_up(x, y);
    },
    [=](pair_atom, const connection_actor& x, const pair_outcome_ptr& y) {
      self->state.on_pair(x, *y);
    },
    [=](verified_atom, const verification_ptr& x) { self->state.on_answer(x); },
    [=](linkdown_atom, const connection_actor& x, const link_end_ptr& y) {
      self->state.on_link_down(x, *y);
    },
    [=](settled_atom, const connection_actor& x, uint32_t arrived) {
      self->state.on_settled(x, arrived);
    },
    [=](keep_atom, const connection_actor& x, const kept_stream_ptr& y) {
      self->state.on_keep(x, *y);
    },
    [=](returned_atom, const connection_actor&, const stanza_batch_ptr& x) {
      self->state.on_returned(*x);
    },
    [=](drained_atom, const connection_actor& x) { self->state.on_drained(x); },
    [=](verify_atom, const verification_ptr& x, const verifier_actor& y) {
      self->state.on_question(x, y);
    },
    [=](guest_atom, const std::string& host, const verification_ptr& x, const verifier_actor& y) {
      self->state.on_guest(host, x, y);
    },
    [=](adopt_atom, const connection_actor& x, const domain_pair& y) {
      self->state.on_reverse(x, y);
    },
    [=](table_atom, const routing_table_ptr& x) { self->state.on_table(x); },
    [](sweep_atom, const reload_round_ptr&) {}, // `on_table` has swept, and denies what comes
    [=](retire_atom) { self->state.on_retire(); },
    [=](drain_atom) { self->state.on_drain(); },
    [=](close_atom) { self->state.on_stop(); },
    [=](tick_atom) { self->state.on_tick(); },
  };
}

} // namespace

domain_actor spawn_domain(caf::actor_system& system, hub_ptr hub, domain_name target,
                          routing_table_ptr table) {
  return system.spawn(domain, std::move(hub), std::move(target), std::move(table));
}

void domain_state::start(hub_ptr x, const domain_name& target, routing_table_ptr table) {
  hub_ = std::move(x);
  spoken_ = target_ = target.in_unicode();
  // Not from the system: that costs as much as all the rest here.
  random_.seed(static_cast<unsigned>(hub_->next_id() ^ now().time_since_epoch().count()));
  auto settings = hub_->current();
  limits_ = std::make_unique<queue_account>(
    static_cast<int64_t>(settings->config.limits.queue_bytes_per_domain),
    static_cast<int64_t>(settings->config.limits.queue_stanzas_per_domain), hub_->account);
  actor_share_ = gauge_share{hub_->metrics.actors.at(actor_kind::domain), 1};
  last_use_ = phase_since_ = now();
  on_table(std::move(table));
  if (leg_ == stream_leg::s2s_out)
    domain_share_ = gauge_share{hub_->metrics.domains_active, 1};
  schedule(); // it may never be used
}

// ---- what is to be sent ------------------------------------------------------------------------

domain_state::lane_map::value_type& domain_state::lane_of(const domain_name& sender) {
  auto [lane, added] = lanes_.try_emplace(sender, *limits_);
  if (added)
    lane->second.denied = table_->admits_pair(sender, target_);
  return *lane;
}

void domain_state::note_busy(lane_map::value_type& x) {
  if (!std::exchange(x.second.busy, true))
    busy_.push_back(&x);
  lanes_due_ = std::min(lanes_due_, due_of(x.second));
}

time_point domain_state::due_of(const lane& x) const {
  auto& timeouts = hub_->current()->config.timeouts;
  // While a node is awaited, that wait counts, and not this one.
  auto at = absence_.awaited() ? x.queue.next_due() : x.queue.next_due(timeouts.queue);
  return x.state == pair_state::asked ? std::min(at, x.since + timeouts.dialback) : at;
}

void domain_state::prune_busy() {
  std::erase_if(busy_, [](auto* x) {
    auto& lane = x->second;
    lane.busy = !lane.queue.empty() || lane.state == pair_state::asked;
    return !lane.busy;
  });
  if (busy_.empty())
    node_waits_ = false;
}

/// The stream that takes all of these as they are; null if it takes more than passing them on.
connection_actor domain_state::only_way_of(const std::vector<stanza>& stanzas) const {
  const auto* sender = stanzas.empty() ? nullptr : stanzas.front().from;
  if (stopping_ || sender == nullptr || spoken_ != target_
      || std::ranges::any_of(stanzas, [&](auto& x) { return x.from != sender; }))
    return {};
  auto lane = lanes_.find(sender->name);
  return lane != lanes_.end() ? way_of(lane->second) : connection_actor{};
}

void domain_state::on_deliver(const stanza_batch_ptr& batch) {
  auto t = now();
  last_use_ = t;
  carried_ = true;
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

/// Sends each to its sender's stream, or has it wait for that.
void domain_state::distribute(std::vector<stanza>& stanzas, time_point t) {
  if (!absence_.here())
    end_wait();
  const seen_domain* sender = nullptr;
  lane_map::value_type* known = nullptr; // of `sender`
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target_)};
  // Nearly always one stream; senders may have different ones while peers use XEP-0288.
  std::vector<std::pair<connection_actor, stanza_batch_ptr>> out;
  stanza_batch* open = nullptr; // of `sender`'s stream; null: it has none that takes stanzas
  std::vector<lane_map::value_type*> fed; // lanes into whose queues something came
  for (auto& x : stanzas) {
    if (stopping_ || x.from == nullptr) {
      replies.reject(x, stopping_ ? failure::shutting_down : failure::bad_address);
      continue;
    }
    if (x.from != sender) {
      sender = x.from;
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
    const bool of_node = !x.generated;
    if (open != nullptr) {
      open->stanzas.push_back(std::move(x));
    } else if (lane.denied != failure::none) {
      replies.reject(x, lane.denied);
    } else if (!takes(x)) {
      replies.reject(x, failure::shutting_down);
    } else if (absence_.away()) {
      missed_ = sender->name;
      replies.reject(x, failure::node_unavailable);
    } else if (lane.state == pair_state::refused && t - lane.since < refusal_time) {
      replies.reject(x, lane.why, lane.detail);
    } else if (auto why = lane.queue.push(x); why != failure::none) {
      note_full(sender->name, why);
      replies.reject(x, why, last_detail_);
    } else {
      node_waits_ |= of_node;
      if (fed.empty() || fed.back() != known)
        fed.push_back(known);
    }
  }
  stanzas.clear();
  for (auto& [link, batch] : out) {
    if (link == link_)
      name_as_spoken(batch->stanzas);
    self_->send(link, deliver_atom_v, std::move(batch));
  }
  for (auto* x : fed) {
    x->second.queue.condense(t);
    note_busy(*x);
    if (phase_ == phase::ready)
      ask_peer_for(*x, t);
  }
}

void domain_state::note_full(const domain_name& sender, failure why) {
  route_log(log_module::stream_out, "full queues")
    .warn("[{} from {}] {}", fact::domain(target_), sender.str(), explained{why, last_detail_},
          fact::pair(domain_pair{sender, target_}));
}

void domain_state::on_question(const verification_ptr& x, const verifier_actor& asker) {
  last_use_ = now();
  verified_ = true;
  if (auto known = answers_ ? answers_->find(x->question, last_use_) : nullptr)
    return self_->send(asker, verified_atom_v, known);
  take_question(x, asker);
  kick();
  schedule();
}

/// The verifier gives up by itself, and tells nobody: so does this, at the same time.
void domain_state::take_question(const verification_ptr& x, const verifier_actor& asker) {
  if (questions_.size() >= max_questions)
    return self_->send(asker, verified_atom_v,
                       std::make_shared<const verification>(
                         verification{x->question, dialback_outcome::error, failure::queue_full,
                                      "too many keys of this domain wait for its server"}));
  auto& question = questions_.emplace_back();
  question.value = x;
  question.asker = asker;
  question.until = now() + hub_->current()->config.timeouts.dialback;
}

void domain_state::expire_questions(time_point t) {
  std::erase_if(questions_, [&](auto& x) {
    if (t < x.until)
      return false;
    if (x.way == question::way_to_ask::sent && link_)
      self_->send(link_, verify_atom_v,
                  std::make_shared<const verification>(verification{
                    x.value->question, dialback_outcome::error, failure::dialback_timeout, {}}));
    return true;
  });
}

bool domain_state::wanted() const {
  return former_
         || std::ranges::any_of(questions_,
                                [](auto& x) { return x.way != question::way_to_ask::lent; })
         || stanzas_wait() || seeks_node();
}

bool domain_state::stanzas_wait() const {
  return std::ranges::any_of(
    busy_, [](auto* x) { return !x->second.queue.empty() && x->second.reverse == nullptr; });
}

void domain_state::dial_if_wanted() {
  if (phase_ == phase::none && wanted() && now() >= retry_at_)
    dial();
}

void domain_state::kick() {
  if (phase_ == phase::ready)
    ask_peer();
  else
    dial_if_wanted();
}

void domain_state::ask_peer_for(lane_map::value_type& x, time_point t) {
  if (!x.second.queue.empty() && x.second.reverse == nullptr)
    ask_pair(x, t);
}

void domain_state::ask_pair(lane_map::value_type& x, time_point t) {
  auto& [sender, lane] = x;
  if (lane.state == pair_state::unasked
      || (lane.state == pair_state::refused && t - lane.since >= refusal_time)) {
    lane.state = pair_state::asked;
    lane.since = t;
    lanes_due_ = std::min(lanes_due_, due_of(lane));
    self_->send(link_, pair_atom_v, domain_pair{sender, spoken_});
  }
}

void domain_state::ask_peer() {
  auto t = now();
  for (auto* x : busy_)
    ask_peer_for(*x, t);
  ask_node(t);
  for (auto& x : questions_)
    if (x.way == question::way_to_ask::undecided || x.way == question::way_to_ask::alone) {
      hub_->metrics.dialback_questions.at(stream_for(x)).Increment();
      x.way = question::way_to_ask::sent;
      self_->send(link_, verify_atom_v, x.value);
    }
}

void domain_state::reject_all(lane& x, failure why, const std::string& detail) {
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target_)};
  for (auto& stanza : x.queue.take_all())
    replies.reject(stanza, why, detail);
}

void domain_state::answer_questions(failure why, const std::string& detail) {
  for (auto& x : questions_)
    self_->send(x.asker, verified_atom_v,
                std::make_shared<const verification>(
                  verification{x.value->question, dialback_outcome::error, why, detail}));
  questions_.clear();
}

} // namespace fedhub
