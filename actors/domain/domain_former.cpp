// The domain actor: the rest of a stream that was cut, until another stream resumes it (XEP-0198).
#include "actors/domain/domain_state.hpp"

#include <utility>

#include "actors/log/log.hpp"

namespace fedhub {

void domain_state::on_keep(const connection_actor& link, const kept_stream& kept) {
  if (link != link_ || stage_ != stop_stage::running)
    return on_returned(*kept.stanzas);
  route_log(log_module::stream_out, "streams to resume")
    .info("[{}] {} stanzas are kept until the stream is resumed", fact::domain(target()),
          fact::stanzas(kept.stanzas->stanzas.size()), fact::leg(leg_));
  give_up_former();
  former_ =
    std::make_unique<former_stream>(kept, lanes_->limits(), hub_->metrics.stanzas_unacknowledged);
  judge_former(); // the rules may have changed since the stream was cut
  schedule();
}

void domain_state::on_settled(const connection_actor& link, uint32_t arrived) {
  if (link != link_ || !former_)
    return;
  stanza_tally tally{hub_->account};
  for (auto& stanza : former_->take_arrived(arrived))
    tally.delivered(stanza);
  give_up_former();
  schedule();
}

void domain_state::give_up_former() {
  auto former = std::exchange(former_, nullptr);
  if (!former)
    return;
  requeue(former->take_all());
  if (route_.in(route_phase::none))
    use_reverse_where_possible();
}

failure domain_state::judge_former() {
  if (!former_)
    return failure::none;
  for (auto& sender : former_->senders())
    if (const auto denied = table_->admits_pair(sender, target()); denied != failure::none) {
      give_up_former();
      return denied;
    }
  return failure::none;
}

void domain_state::expire_former(time_point t, reply_batch& replies) {
  if (!former_)
    return;
  for (auto& stanza : former_->take_expired(t - hub_->current()->config.timeouts.queue))
    replies.reject(stanza, retry_.why() == failure::none ? failure::queue_timeout : retry_.why(),
                   retry_.detail());
  auto rejected = former_->settle_in(t);
  for (auto& x : rejected)
    replies.reject(x.value, x.why);
  // With gaps in the sequence, the peer's count does not show which stanzas arrived.
  if (!rejected.empty() || former_->empty())
    give_up_former();
}

} // namespace fedhub
