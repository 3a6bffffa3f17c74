#include "bench/load/stanza_receiver.hpp"

namespace fedhub::load {

void stanza_receiver::take(const stamp& stamp, size_t octets, nanos at) {
  if (!lanes_[stamp.lane].take(stamp.sequence))
    return;
  run_.received[stamp.lane].add(1);
  if (run_.is_stuck(stamp.lane))
    return;
  ++count_;
  octets_ += octets;
  const auto due = static_cast<nanos>(stamp.due);
  if (due >= run_.measured_from.load(std::memory_order_relaxed)
      && due < run_.measured_until.load(std::memory_order_relaxed))
    latencies_.add(static_cast<uint64_t>(at > due ? at - due : 0));
}

void stanza_receiver::publish() {
  // The stanza that makes a lane ready may be one that is not counted: that of the domain that
  // never reads.
  if (sender_ && run_.step.load(std::memory_order_relaxed) == phase::opening)
    sender_->wake();
  if (published_ == count_)
    return; // nothing new, or this half of the run only sends
  published_ = count_;
  run_.octets_received.set(octets_);
  run_.all_received.store(count_);
  // Sequentially consistent, like the other side. Either the sender sees the new count before it
  // sleeps, or this thread sees that it sleeps.
  if (run_.wake_at.load() <= count_ && sender_) {
    run_.wake_at.store(traffic::awake);
    sender_->wake();
  }
}

} // namespace fedhub::load
