// The receiving end of all lanes.
#pragma once

#include <vector>

#include "bench/load/event_loop.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/sequence_check.hpp"
#include "bench/load/stamp.hpp"
#include "bench/load/traffic.hpp"

namespace fedhub::load {

/// Checks the sequence in each lane, counts stanzas, and measures latencies. Used by one thread.
class stanza_receiver {
public:
  /// @param run outlives the receiver.
  explicit stanza_receiver(traffic& run) : run_(run), lanes_(run.opts.streams) {}

  /// Sets the loop to wake when the sender waits for room in its windows.
  void wakes(event_loop& sender) { sender_ = &sender; }

  void take(const stamp& stamp, size_t octets, nanos at);
  /// Call after each read, so that the sender learns what was received.
  void publish();

  /// Returns a result, after the run.
  const histogram& latencies() const { return latencies_; }
  const sequence_check& lane(uint32_t x) const { return lanes_[x]; }

private:
  traffic& run_;
  event_loop* sender_ = nullptr;
  std::vector<sequence_check> lanes_;
  histogram latencies_;
  uint64_t count_ = 0;
  uint64_t published_ = 0;
  uint64_t octets_ = 0;
};

} // namespace fedhub::load
