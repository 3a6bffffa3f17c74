// The domain actor: what a stream that was cut has left, until another one resumes it (XEP-0198).
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// Streams that may end before the peer has answered. A peer that refuses the sender of the former
/// stream by now must not be in the way of others.
constexpr unsigned max_tries = 3;

} // namespace

domain_state::former_stream::former_stream(const kept_stream& kept, queue_account& limits,
                                           prometheus::Gauge& gauge)
  : session(kept.session), sender(kept.sender), senders{kept.sender}, queue(limits), share(gauge) {
  for (auto& x : kept.stanzas->stanzas)
    senders.insert(x.from->name);
  queue.push_front(kept.stanzas->stanzas);
  share.set(static_cast<double>(queue.size()));
}

void domain_state::on_keep(const connection_actor& x, const kept_stream& kept) {
  if (x != link_ || stopping_ || draining_)
    return on_returned(*kept.stanzas);
  route_log(log_module::stream_out, "streams to resume")
    .info("[{}] {} stanzas are kept until the stream is resumed", fact::domain(target_),
          fact::stanzas(kept.stanzas->stanzas.size()), fact::leg(leg_));
  give_up_former();
  former_ = std::make_unique<former_stream>(kept, *limits_, hub_->metrics.stanzas_unacknowledged);
  judge_former(); // the rules may have changed since the stream was cut
  schedule();
}

void domain_state::on_settled(const connection_actor& x, uint32_t arrived) {
  if (x != link_ || !former_)
    return;
  stanza_tally tally{hub_->account};
  for (auto& stanza : former_->queue.take_front(arrived - std::min(arrived, former_->expired)))
    tally.delivered(stanza);
  give_up_former();
  schedule();
}

void domain_state::requeue(std::vector<stanza> xs) {
  node_waits_ = true;
  std::map<domain_name, std::vector<stanza>> by_sender;
  for (auto& x : xs)
    by_sender[x.from->name].push_back(std::move(x));
  for (auto& [sender, stanzas] : by_sender) {
    auto& entry = lane_of(sender);
    entry.second.queue.push_front(stanzas);
    if (entry.second.denied != failure::none)
      reject_all(entry.second, entry.second.denied, {});
    if (draining_)
      reject_waiting(entry.second);
    note_busy(entry);
  }
}

void domain_state::give_up_former() {
  auto former = std::exchange(former_, nullptr);
  if (!former)
    return;
  requeue(former->queue.take_all());
  if (phase_ == phase::none)
    for (auto& [sender, lane] : lanes_)
      use_reverse(sender, lane);
}

failure domain_state::judge_former() {
  if (!former_)
    return failure::none;
  for (auto& sender : former_->senders)
    if (const auto denied = table_->admits_pair(sender, target_); denied != failure::none) {
      give_up_former();
      return denied;
    }
  return failure::none;
}

void domain_state::try_of_former_failed() {
  if (former_ && ++former_->tries >= max_tries)
    give_up_former();
}

void domain_state::expire_former(time_point t, reply_batch& replies) {
  if (!former_)
    return;
  for (auto& x : former_->queue.take_older(t - hub_->current()->config.timeouts.queue)) {
    ++former_->expired;
    replies.reject(x, last_why_ == failure::none ? failure::queue_timeout : last_why_,
                   last_detail_);
  }
  auto rejected = former_->queue.settle_in(t);
  for (auto& x : rejected)
    replies.reject(x.value, x.why);
  former_->share.set(static_cast<double>(former_->queue.size()));
  // The peer's count says nothing of stanzas with gaps between them.
  if (!rejected.empty() || former_->queue.empty())
    give_up_former();
}

} // namespace fedhub
