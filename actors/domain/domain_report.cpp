// The domain actor: what it reports to the admin actor.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/history/history_queue.hpp"
#include "actors/interfaces/admin.hpp"

namespace fedhub {

domain_state::~domain_state() {
  if (!hub_ || !hub_->admin || leg_ != stream_leg::s2s_out)
    return;
  auto last = std::make_shared<domain_news>();
  last->domain = target();
  last->now = domain_news::phase::gone;
  last->strangers_only = !use_.carried() && !use_.proven();
  if (attempts_fail()) {
    last->why = retry_.why();
    last->detail = retry_.detail();
    last->failures = std::max(retry_.failures(), 1u);
  }
  caf::anon_send(hub_->admin, domain_atom_v, domain_news_ptr{std::move(last)});
}

domain_news::phase domain_state::phase_shown() const {
  using enum domain_news::phase;
  switch (route_.phase()) {
  case route_phase::resolving:
  case route_phase::connecting:
  case route_phase::negotiating:
    return connecting;
  case route_phase::ready:
  case route_phase::draining: // until its stanzas are back
    return ready;
  case route_phase::none:
    break;
  }
  return wanted() && !retry_.may_dial(now()) ? waiting : idle;
}

bool domain_state::attempts_fail() const {
  return retry_.why() != failure::none && (retry_.failures() > 0 || settled_by_dns(retry_.why()));
}

domain_news_ptr domain_state::on_describe(description depth) const {
  auto news = std::make_shared<domain_news>();
  news->domain = target();
  news->now = phase_shown();
  if (attempts_fail()) {
    news->why = retry_.why();
    news->detail = retry_.detail();
    news->failures = std::max(retry_.failures(), 1u);
  }
  if (news->now == domain_news::phase::waiting)
    news->next_attempt = retry_.at();
  if (attempts_fail() && !retry_.may_dial(now()))
    news->held_until = retry_.at();
  for (const auto& [sender, lane] : lanes_->all()) {
    if (news->why == failure::none && lane.pair.now_is() == pair_authorisation::state::refused) {
      // The stream is there, but the peer does not take the sender's stanzas.
      news->why = lane.pair.why();
      news->detail = lane.pair.detail();
      news->failures = 1;
    }
    news->queued_stanzas += lane.queue.size();
    news->queued_bytes += lane.queue.octets();
    if (!lane.queue.empty() || lane.pair.refuses(now()))
      ++news->senders_affected;
  }
  if (depth == description::attempts_too)
    news->attempts = attempts_->rows(now(), std::chrono::system_clock::now());
  return news;
}

void domain_state::record_end(bool ended) const {
  if (!ended || leg_ != stream_leg::s2s_out || origin().stranger())
    return;
  auto attempt = attempts_->last(now(), std::chrono::system_clock::now());
  if (!attempt)
    return;
  history_event event{.kind = admin::event_kind::attempt, .domain = target().str(), .leg = leg_};
  event.why = attempt->why;
  event.detail = attempt->detail;
  event.time = attempt->ended.value_or(std::chrono::system_clock::time_point{});
  event.attempt = std::move(attempt);
  hub_->history.record(std::move(event));
}

void domain_state::report() const {
  if (!hub_->admin)
    return;
  if (to_node())
    report_missed_node();
  else
    self_->send(hub_->admin, domain_atom_v, on_describe(description::row));
}

void domain_state::report_missed_node() const {
  const auto last = attempts_->last(now(), std::chrono::system_clock::now());
  if (!last || last->outcome != admin::attempt_outcome::failed)
    return;
  auto news = std::make_shared<domain_news>();
  news->domain = target();
  news->why = last->why;
  news->detail = last->detail;
  news->to_node = true;
  self_->send(hub_->admin, domain_atom_v, domain_news_ptr{std::move(news)});
}

void domain_state::on_retry() {
  retry_.at_once(now());
  for (auto& [sender, lane] : lanes_->all())
    lane.pair.forget_refusal();
  kick();
  schedule();
}

} // namespace fedhub
