// The state that the two threads of a run share.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bench/load/clock.hpp"
#include "bench/load/options.hpp"
#include "bench/load/tls.hpp"

namespace fedhub::load {

/// A count with one writer, on a cache line of its own.
class alignas(64) shared_count {
public:
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }
  void set(uint64_t x) { value_.store(x, std::memory_order_relaxed); }
  void add(uint64_t x) { set(get() + x); }

private:
  std::atomic<uint64_t> value_ = 0;
};

enum class phase : uint8_t {
  starting, ///< the node connects.
  opening,  ///< streams are negotiated, and each carries one stanza.
  flowing,
  draining, ///< no more stanzas are sent.
  closing,  ///< all streams are ended in order.
};

/// The state of one run. Stanzas pass without locks.
class traffic {
public:
  /// @param opts, contexts outlive the object. `contexts` is not null if TLS is used.
  traffic(const options& opts, const tls_contexts* contexts)
    : opts(opts), contexts(contexts), sent(std::make_unique<shared_count[]>(opts.streams)),
      received(std::make_unique<shared_count[]>(opts.streams)) {}

  const options& opts;
  const tls_contexts* contexts;
  const run_clock clock;

  std::atomic<phase> step = phase::starting;
  /// Latencies are measured of stanzas that were due in this interval.
  std::atomic<nanos> measured_from = std::numeric_limits<nanos>::max();
  std::atomic<nanos> measured_until = std::numeric_limits<nanos>::max();

  /// The sending thread knows that the load is over, and its count of sent stanzas is final.
  std::atomic<bool> sending_over = false;

  /// By lane. Written by the sending and by the receiving thread. A stanza that arrives twice
  /// counts once.
  const std::unique_ptr<shared_count[]> sent, received;
  shared_count octets_received;           ///< of all received stanzas.
  shared_count all_sent;                  ///< published from time to time.
  std::atomic<uint64_t> all_received = 0; ///< by the receiving thread, after each read.
  /// The sending thread sleeps until so many are received; `awake` if it does not sleep.
  std::atomic<uint64_t> wake_at = awake;
  static constexpr uint64_t awake = std::numeric_limits<uint64_t>::max();

  std::atomic<uint64_t> bounced = 0;       ///< stanza errors, at either end.
  std::atomic<uint64_t> stuck_bounced = 0; ///< those of the domain that never reads.
  shared_count opened;                     ///< lanes that are ready for load.
  shared_count pairs;                      ///< storm: authenticated.
  shared_count certified;                  ///< storm: those of them by SASL EXTERNAL.
  shared_count pairs_failed;               ///< storm: refused or cut off.
  shared_count retries;                    ///< negotiations that were repeated.
  std::atomic<uint64_t> unexpected_closes = 0;

  /// Returns whether this is the lane of the domain that never reads.
  bool is_stuck(uint64_t lane) const { return opts.has_stuck() && lane == opts.streams - 1; }

  /// Ends the run. The first reason is kept.
  void fail(std::string why) {
    const std::scoped_lock lock{mutex_};
    if (failure_.empty())
      failure_ = std::move(why);
  }
  /// Returns why the run has failed; empty if it has not.
  std::string failure() const {
    const std::scoped_lock lock{mutex_};
    return failure_;
  }

  /// Reports why a stream ended unexpectedly. The last reason is kept.
  void refused(std::string_view why) {
    const std::scoped_lock lock{mutex_};
    refusal_ = why;
  }
  std::string refusal() const {
    const std::scoped_lock lock{mutex_};
    return refusal_;
  }

private:
  mutable std::mutex mutex_;
  std::string failure_;
  std::string refusal_;
};

} // namespace fedhub::load
