// The domain actor: questions about keys on another domain's stream to the same server (XEP-0220
// §2.6.2), and other domains' questions on this domain's stream.
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

namespace {

/// A lent question without an answer is taken back after `timeouts.dialback` divided by this
/// number. The rest of the time is for a stream of the domain's own.
constexpr int lending_part = 4;

} // namespace

// ---- as a guest --------------------------------------------------------------------------------

/// Returns the `host_key` of the server to ask, if another domain's stream is good enough: only
/// keys wait, and the server's certificate does not matter. Empty if not.
std::string domain_state::sharable_host(const resolution& found) const {
  if (leg_ != stream_leg::s2s_out || given_ || former_ || !attempt_->first()
      || lanes_->stanzas_wait() || questions_.any_alone() || !wanted())
    return {};
  auto& first = found.targets.front();
  const auto settings = hub_->current();
  const auto& trust = *settings->trust;
  if (first.dnssec.allows_dane() || !accepts(trust.rule(target()), conf::trust_method::dialback))
    return {};
  return host_key(first.addresses.front(), first.direct_tls, trust.security(target()));
}

void domain_state::share(const std::string& host, const resolution_ptr& found) {
  // Lent before the request: an answer may come earlier than the directory's.
  const auto values = questions_.lend(
    now() + std::chrono::milliseconds{hub_->current()->config.timeouts.dialback} / lending_part);
  const auto step = route_.begin_step();
  self_->request(hub_->directory, caf::infinite, share_atom_v, host, values, domain_actor{self_})
    .then(
      [this, step, host, found, values](host_use use) {
        if (!route_.awaits(step, route_phase::resolving))
          return;
        if (use != host_use::lent) {
          if (use != host_use::alone)
            host_.offer(host, use == host_use::lasting);
          questions_.not_lent(values);
          return connect(found);
        }
        route_log(log_module::stream_out, "shared streams")
          .info("[{}] the hub asks over another domain's stream to {}", fact::domain(target()),
                fact::address(found->targets.front().addresses.front()), fact::leg(leg_));
        end_attempt();
        kick();
        retire_if_unused();
        schedule();
      },
      [this, step](const caf::error&) {
        if (route_.awaits(step, route_phase::resolving))
          attempt_failed(failure::shutting_down, {});
      });
}

void domain_state::log_taken_back(size_t count, std::string_view why) {
  for (; count > 0; --count)
    route_log(log_module::stream_out, "shared streams")
      .info("[{}] the hub asks over the domain's own stream after: {}", fact::domain(target()),
            fact::reason(why), fact::leg(leg_));
}

/// Returns the kind of stream that the question is about to be sent on, for the metrics.
question_stream domain_state::stream_for(const key_question& question) const {
  if (question.is_guest(target()))
    return question_stream::shared;
  return question.way == key_question::way_to_ask::alone ? question_stream::fallback
                                                         : question_stream::own;
}

// ---- as a host ---------------------------------------------------------------------------------

void domain_state::on_guest(const std::string& host, const verification_ptr& question,
                            const verifier_actor& asker) {
  const bool known = host_.key() == host;
  if (!known || !route_.has_connection() || stopping()
      || questions_.guests(target()) >= key_questions::most_guests) {
    if (!known)
      self_->send(hub_->directory, leave_atom_v, host, target(), false);
    return self_->send(asker, verified_atom_v,
                       std::make_shared<const verification>(
                         verification{question->question, dialback_outcome::error,
                                      failure::stream_closed, "no stream to share"}));
  }
  use_.touch(now());
  host_.note_guest();
  take_question(question, asker);
  kick();
  schedule();
}

/// Withdraws the offered server from the directory if the new stream leads to another server.
/// @returns the `host_key` under which other domains may ask on this stream; empty if they can't.
std::string domain_state::note_host(const connected& connected, stream_security security) {
  auto key = leg_ == stream_leg::s2s_out && !given_ && !attempt_->redirected()
               ? host_key(connected.address, connected.direct_tls, security)
               : std::string{};
  if (host_.key() != key)
    leave_host(false);
  return key;
}

void domain_state::offer_host(questions_taken questions) {
  if (questions == questions_taken::of_target) {
    leave_host(true);
  } else if (!host_.offered() && !outgoing_->shared().empty()) {
    host_.offer(outgoing_->shared(), false);
    self_->send(hub_->directory, offer_atom_v, host_.key(), target());
  }
}

/// Withdraws the server from the directory. Guests' pending questions are answered with an error,
/// so that their domains ask on streams of their own.
void domain_state::leave_host(bool refuses) {
  if (!host_.offered())
    return;
  self_->send(hub_->directory, leave_atom_v, host_.leave(), target(), refuses);
  for (auto& question : questions_.take_guests(target()))
    answer(question, failure::stream_closed, "the shared stream has ended");
}

bool domain_state::lasts_for_guests() const {
  return !stopping() && now() < host_.kept_until(use_.last());
}

/// Returns when the next lent question, or a stream kept for guests, is due.
time_point domain_state::next_of_hosts(time_point t) const {
  auto at = questions_.next_back_at();
  if (route_.in(route_phase::ready) && lasts_for_guests())
    at = std::min(at, host_.kept_until(use_.last()));
  return std::max(at, t);
}

} // namespace fedhub
