#include "actors/admin/stream_trial.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>

#include "actors/admin/stream_trial_state.hpp"
#include "actors/connection/spawn_connection.hpp"
#include "actors/dial/descriptor_share.hpp"
#include "actors/dial/spawn_connector.hpp"
#include "actors/hub/settings.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

using admin::explained_step;
using admin::explanation_row;
using admin::step_result;

/// For one address. Shorter than `timeouts.connect`, since a person waits.
constexpr std::chrono::seconds trial_connect_time{4};
/// The most octets of a peer's words in a detail.
constexpr size_t most_peer_words = 1024;

explained_step explained(admin::attempt_step step) {
  switch (step) {
  case admin::attempt_step::tls:
    return explained_step::tls;
  case admin::attempt_step::authentication:
    return explained_step::authentication;
  default:
    return explained_step::features;
  }
}

/// @param outcome null: there is none yet.  @param failed the result unless it is connected.
explanation_row connect_step(const socket_address& address, const connected* outcome,
                             step_result failed) {
  explanation_row row{.step = explained_step::connect, .detail = address.str()};
  if (outcome == nullptr) {
    row.result = failed;
    row.why = failure::connect_timeout;
    row.detail += ": no answer yet";
    return row;
  }
  row.duration_s = std::chrono::duration<double>(outcome->time).count();
  if (outcome->why == failure::none) {
    row.detail += " accepts the connection";
    return row;
  }
  row.result = failed;
  row.why = outcome->why;
  row.detail = outcome->detail.empty() ? row.detail + ": " + std::string{describe(outcome->why)}
                                       : outcome->detail;
  return row;
}

/// Returns what a stream for stanzas would try after this end; empty: nothing, it has failed.
std::string_view next_try(const link_end& end) {
  if (end.why == failure::external_refused || end.external_unanswered)
    return "for stanzas the hub would open another stream, without EXTERNAL";
  return end.redirect.empty() ? "" : "for stanzas the hub would follow the redirect";
}

link_end_ptr orderly_end() {
  static const auto end = std::make_shared<const link_end>(
    link_end{.error = stream_error::none, .why = failure::none, .detail = "the trial is over"});
  return end;
}

} // namespace

void stream_trial_state::start(hub_ptr hub, resolution_ptr to, domain_pair pair,
                               std::chrono::milliseconds time) {
  hub_ = std::move(hub);
  to_ = std::move(to);
  pair_ = std::move(pair);
  time_ = time;
}

std::chrono::steady_clock::time_point stream_trial_state::now() const {
  return self_->home_system().clock().now();
}

stream_trial_state::promise stream_trial_state::on_ask() {
  reply_ = self_->make_response_promise<promise>();
  self_->delayed_send(self_, time_, tick_atom_v);
  for (const auto& target : to_->targets)
    for (const auto& address : target.addresses)
      if (tried_.size() < most_trial_addresses) {
        tried_.push_back({address, nullptr});
        ++awaited_;
        auto only = target;
        only.addresses = {address};
        connect(tried_.size() - 1, only);
      }
  return reply_;
}

void stream_trial_state::connect(size_t place, const resolved_target& target) {
  auto only = std::make_shared<resolution>();
  only->domain = to_->domain;
  only->targets = {target};
  race_options options;
  options.timeout = trial_connect_time;
  options.descriptors = dialing_descriptors(most_descriptors(), dns_party::remote);
  const auto connector =
    spawn_connector(self_->home_system(), hub_->loop, std::move(only), options);
  self_->link_to(connector); // its socket is closed if this actor ends
  self_->request(connector, caf::infinite, connect_atom_v)
    .then(
      [this, place](const connected_ptr& outcome) {
        tried_[place].outcome = outcome;
        --awaited_;
        on_connected();
      },
      [this](const caf::error&) {
        --awaited_;
        on_connected();
      });
}

void stream_trial_state::on_connected() {
  if (awaited_ > 0 || answered_ || link_)
    return;
  const auto first = std::ranges::find_if(
    tried_, [](const auto& tried) { return tried.outcome && tried.outcome->why == failure::none; });
  if (first == tried_.end()) {
    note_connections(step_result::fail);
    return answer();
  }
  note_connections(step_result::warn); // one address is enough
  open_stream(*first->outcome);
  tried_.clear(); // closes the others
}

void stream_trial_state::note_connections(step_result failed) {
  for (const auto& [address, outcome] : tried_)
    steps_.push_back(connect_step(address, outcome.get(), failed));
}

void stream_trial_state::open_stream(connected& on) {
  const auto settings = hub_->current();
  outgoing_stream::options options{pair_.from, pair_.to, settings->trust->security(pair_.to)};
  options.external = settings->tls->covers(pair_.from);
  options.direct_tls = on.direct_tls;
  connection_seed seed;
  seed.fd = std::move(on.fd);
  seed.peer = on.address;
  seed.leg = stream_leg::s2s_out;
  seed.owner = link_owner_actor{stream_trial_actor{self_}};
  seed.direct_tls = on.direct_tls;
  if (on.dnssec.allows_dane())
    seed.endpoint = tlsa_endpoint{on.host, on.port, on.dnssec.canonical};
  seed.outgoing = std::move(options);
  step_ = under_way{on.direct_tls ? explained_step::tls : explained_step::features, now()};
  link_ = spawn_connection(self_->home_system(), hub_, std::move(seed));
  self_->monitor(link_);
}

void stream_trial_state::go_on(explained_step next) {
  if (step_ && step_->step == next)
    return;
  end_step(step_result::ok, failure::none, {});
  step_ = under_way{next, now()};
}

void stream_trial_state::end_step(step_result result, failure why, std::string_view detail) {
  if (!step_)
    return;
  explanation_row row{.step = step_->step, .result = result, .why = why};
  row.detail = detail.empty() ? std::string{why == failure::none ? "done" : describe(why)}
                              : std::string{clip(detail, most_peer_words)};
  row.duration_s = std::chrono::duration<double>(now() - step_->since).count();
  steps_.push_back(std::move(row));
  step_.reset();
}

void stream_trial_state::on_step(const connection_actor& link, admin::attempt_step step) {
  if (link == link_ && !answered_)
    go_on(explained(step));
}

void stream_trial_state::on_link_up(const connection_actor& link) {
  if (link != link_ || answered_)
    return;
  go_on(explained_step::authentication);
  asked_ = true;
  self_->send(link_, pair_atom_v, pair_);
}

void stream_trial_state::on_pair(const connection_actor& link, const pair_outcome& outcome) {
  if (link != link_ || answered_)
    return;
  if (outcome.why == failure::none)
    end_step(step_result::ok, failure::none, "the server takes stanzas from " + pair_.from.str());
  else
    end_step(step_result::fail, outcome.why, outcome.detail);
  describe_and_answer();
}

void stream_trial_state::describe_and_answer() {
  self_->request(link_, std::chrono::milliseconds{500}, describe_atom_v)
    .then(
      [this](const stream_row_ptr& stream) {
        note(*stream);
        answer();
        close_stream();
      },
      [this](const caf::error&) {
        answer();
        close_stream();
      });
}

void stream_trial_state::note(const admin::stream_row& stream) {
  if (!stream.more)
    return;
  for (auto& step : steps_) {
    if (step.step == explained_step::tls) {
      step.detail = "TLS " + stream.more->tls + ' ' + stream.more->cipher;
      if (stream.more->certificate)
        step.detail += ", certificate "
                       + std::string{clip(stream.more->certificate->verdict + ' '
                                            + stream.more->certificate->subject,
                                          most_peer_words)};
    } else if (step.step == explained_step::features && !stream.more->features.empty()) {
      step.detail = "in use: ";
      for (const auto& feature : stream.more->features)
        step.detail.append(step.detail.ends_with(' ') ? "" : ", ").append(feature);
    }
  }
}

void stream_trial_state::on_link_down(const connection_actor& link, const link_end& end) {
  if (link != link_)
    return;
  self_->send(link_, release_atom_v);
  if (answered_)
    return;
  const auto why = end.why == failure::none ? failure::stream_closed : end.why;
  const auto next = next_try(end);
  const auto text = end.detail.empty() ? std::string{describe(why)} : end.detail;
  if (next.empty())
    end_step(step_result::fail, why, text);
  else
    end_step(step_result::warn, why, text + "; " + std::string{next});
  answer();
}

void stream_trial_state::on_drained(const connection_actor& link) {
  if (link == link_)
    self_->quit();
}

void stream_trial_state::on_time() {
  if (answered_)
    return;
  if (!link_)
    note_connections(step_result::fail);
  end_step(step_result::fail, asked_ ? failure::dialback_timeout : failure::stream_timeout,
           "not done within " + std::to_string(time_.count()) + " ms");
  answer();
  close_stream();
}

void stream_trial_state::answer() {
  answered_ = true;
  reply_.deliver(std::make_shared<const std::vector<explanation_row>>(std::exchange(steps_, {})));
  if (!link_)
    self_->quit();
}

void stream_trial_state::close_stream() {
  if (link_)
    self_->send(link_, close_atom_v, orderly_end());
}

namespace {

stream_trial_actor::behavior_type
trial_behavior(stream_trial_actor::stateful_pointer<stream_trial_state> self, hub_ptr hub,
               resolution_ptr to, domain_pair pair, std::chrono::milliseconds time) {
  self->state.start(std::move(hub), std::move(to), std::move(pair), time);
  // The connection has ended without the usual farewell.
  self->set_down_handler([=](caf::down_msg&) { self->quit(); });
  return {
    [=](ask_atom) { return self->state.on_ask(); },
    [=](tick_atom) { self->state.on_time(); },
    [=](step_atom, const connection_actor& link, admin::attempt_step step) {
      self->state.on_step(link, step);
    },
    [=](linkup_atom, const connection_actor& link, questions_taken) {
      self->state.on_link_up(link);
    },
    [=](pair_atom, const connection_actor& link, const pair_outcome_ptr& outcome) {
      self->state.on_pair(link, *outcome);
    },
    [=](linkdown_atom, const connection_actor& link, const link_end_ptr& end) {
      self->state.on_link_down(link, *end);
    },
    [=](drained_atom, const connection_actor& link) { self->state.on_drained(link); },
    // A trial sends no stanza, asks no question and resumes no stream.
    [](deliver_atom, const stanza_batch_ptr&) {},
    [](verified_atom, const verification_ptr&) {},
    [](settled_atom, const connection_actor&, uint32_t) {},
    [](keep_atom, const connection_actor&, const kept_stream_ptr&) {},
    [](returned_atom, const connection_actor&, const stanza_batch_ptr&) {},
  };
}

} // namespace

stream_trial_actor spawn_stream_trial(caf::actor_system& system, hub_ptr hub, resolution_ptr to,
                                      domain_pair pair, std::chrono::milliseconds time) {
  return system.spawn(trial_behavior, std::move(hub), std::move(to), std::move(pair), time);
}

} // namespace fedhub
