// The domain actor: questions about keys over a stream that another domain has to the same server
// (XEP-0220 §2.6.2), and other domains' over this one's.
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// A stream that only verified keys stays for so long for the next guest.
constexpr std::chrono::seconds guest_time{5};
/// Without an answer for this part of the time that is given to dialback, a question is asked over
/// a stream of the domain's own: the rest is for that one.
constexpr int lending_part = 4;
/// Guests' questions without an answer at a time: a server that is slower than that is no host.
constexpr std::ptrdiff_t max_guests = 256;

} // namespace

// ---- as a guest --------------------------------------------------------------------------------

/// The `host_key` of the server that is to be asked, if another domain's stream will do: dialback
/// must be all that there is to say, and what the server's certificate says must not matter. Empty
/// if not.
std::string domain_state::sharable_host(const resolution& x) const {
  const bool any_alone =
    std::ranges::any_of(questions_, [](auto& q) { return q.way == question::way_to_ask::alone; });
  if (leg_ != stream_leg::s2s_out || given_ || former_ || redirects_ > 0 || !tried_.empty()
      || stanzas_wait() || any_alone || !wanted())
    return {};
  auto& first = x.targets.front();
  auto& trust = *hub_->current()->trust;
  if (first.dnssec.allows_dane() || !accepts(trust.rule(target_), conf::trust_method::dialback))
    return {};
  return host_key(first.addresses.front(), first.direct_tls, trust.security(target_));
}

void domain_state::share(const std::string& host, const resolution_ptr& x) {
  // Lent from now on: an answer may be here before the directory's.
  std::vector<verification_ptr> values;
  auto back_at =
    now() + std::chrono::milliseconds{hub_->current()->config.timeouts.dialback} / lending_part;
  for (auto& q : questions_)
    if (q.way == question::way_to_ask::undecided) {
      values.push_back(q.value);
      q.way = question::way_to_ask::lent;
      q.back_at = back_at;
    }
  auto attempt = ++attempt_;
  self_->request(hub_->directory, caf::infinite, share_atom_v, host, values, domain_actor{self_})
    .then(
      [this, attempt, host, x, values](host_use use) {
        if (attempt != attempt_ || phase_ != phase::resolving)
          return;
        if (use != host_use::lent) {
          if (use != host_use::alone)
            host_ = host;
          lasting_ = use == host_use::lasting;
          for (auto& q : questions_)
            if (std::ranges::find(values, q.value) != values.end())
              q.way = question::way_to_ask::undecided;
          return connect(x);
        }
        route_log(log_module::stream_out, "shared streams")
          .info("[{}] asks over another domain's stream to {}", fact::domain(target_),
                fact::address(x->targets.front().addresses.front()), fact::leg(leg_));
        note_phase(phase::none);
        kick();
        retire_if_unused();
        schedule();
      },
      [this, attempt](const caf::error&) {
        if (attempt == attempt_ && phase_ == phase::resolving)
          attempt_failed(failure::shutting_down, {});
      });
}

void domain_state::take_back(question& x, std::string_view why) {
  x.way = question::way_to_ask::alone;
  route_log(log_module::stream_out, "shared streams")
    .info("[{}] asks over a stream of its own after: {}", fact::domain(target_), fact::reason(why),
          fact::leg(leg_));
}

void domain_state::take_back_lent(time_point t) {
  for (auto& x : questions_)
    if (x.way == question::way_to_ask::lent && t >= x.back_at)
      take_back(x, "no answer over another domain's");
}

// ---- as a host ---------------------------------------------------------------------------------

void domain_state::on_guest(const std::string& host, const verification_ptr& x,
                            const verifier_actor& asker) {
  const bool has_stream =
    phase_ == phase::connecting || phase_ == phase::negotiating || phase_ == phase::ready;
  auto guests = std::ranges::count_if(questions_, [this](auto& q) { return is_guest(q); });
  if (host_ != host || !has_stream || stopping_ || guests >= max_guests) {
    if (host_ != host)
      self_->send(hub_->directory, leave_atom_v, host, target_, false);
    return self_->send(
      asker, verified_atom_v,
      std::make_shared<const verification>(verification{
        x->question, dialback_outcome::error, failure::stream_closed, "no stream to share"}));
  }
  last_use_ = now();
  lasting_ = true;
  take_question(x, asker);
  kick();
  schedule();
}

/// Keeps in mind where the stream leads to.
void domain_state::note_host(const connected& x, stream_security security) {
  link_host_ = leg_ == stream_leg::s2s_out && !given_ && redirects_ == 0
                 ? host_key(x.address, x.direct_tls, security)
                 : std::string{};
  if (host_ != link_host_)
    leave_host(false);
}

void domain_state::offer_host(questions_taken x) {
  if (x == questions_taken::of_target) {
    leave_host(true);
  } else if (host_.empty() && !link_host_.empty()) {
    host_ = link_host_;
    self_->send(hub_->directory, offer_atom_v, host_, target_);
  }
}

/// Others can't ask over this domain's stream any more, and what they have asked is for them to ask
/// again.
void domain_state::leave_host(bool refuses) {
  if (host_.empty())
    return;
  self_->send(hub_->directory, leave_atom_v, std::exchange(host_, {}), target_, refuses);
  lasting_ = false;
  std::erase_if(questions_, [&](auto& q) {
    if (!is_guest(q))
      return false;
    self_->send(q.asker, verified_atom_v,
                std::make_shared<const verification>(
                  verification{q.value->question, dialback_outcome::error, failure::stream_closed,
                               "the stream that was shared has gone"}));
    return true;
  });
}

bool domain_state::lasts_for_guests() const {
  return lasting_ && !stopping_ && now() < last_use_ + guest_time;
}

/// When the next of a lent question or of a stream kept for guests is due.
time_point domain_state::next_of_hosts(time_point t) const {
  auto at = time_point::max();
  for (auto& x : questions_)
    if (x.way == question::way_to_ask::lent)
      at = std::min(at, x.back_at);
  if (phase_ == phase::ready && lasts_for_guests())
    at = std::min(at, last_use_ + guest_time);
  return std::max(at, t);
}

} // namespace fedhub
