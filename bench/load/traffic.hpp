// What the two threads of a run know of each other.
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
  opening,  ///< streams are negotiated, and one stanza goes over each.
  flowing,
  draining, ///< nothing is sent any more.
  closing,  ///< all streams are ended in order.
};

/// One run's state. No locks where stanzas pass.
class traffic {
public:
  /// @param opts, contexts outlive it. Contexts are there if TLS is used.
  traffic(const options& opts, const tls_contexts* contexts)
    : opts(opts), contexts(contexts), sent(std::make_unique<shared_count[]>(opts.streams)),
      received(std::make_unique<shared_count[]>(opts.streams)) {}

  const options& opts;
  const tls_contexts* contexts;
  const run_clock clock;

  std::atomic<phase> step = phase::starting;
  /// Latencies are counted of stanzas that were due in this time.
  std::atomic<nanos> measured_from = std::numeric_limits<nanos>::max();
  std::atomic<nanos> measured_until = std::numeric_limits<nanos>::max();

  /// The sending thread has seen that the load is over: what it has counted as sent is all.
  std::atomic<bool> sending_over = false;

  /// By lane. Written by the sending and by the receiving thread; what has come twice counts once.
  const std::unique_ptr<shared_count[]> sent, received;
  shared_count octets_received;           ///< of the stanzas among all that was received.
  shared_count all_sent;                  ///< published now and then.
  std::atomic<uint64_t> all_received = 0; ///< by the receiving thread, after each read.
  /// The sending thread sleeps until so many have been received; `awake` if it does not sleep.
  std::atomic<uint64_t> wake_at = awake;
  static constexpr uint64_t awake = std::numeric_limits<uint64_t>::max();

  std::atomic<uint64_t> bounced = 0;       ///< stanza errors, wherever they came to.
  std::atomic<uint64_t> stuck_bounced = 0; ///< the same, of the domain that never reads.
  shared_count opened;                     ///< lanes that are ready for load.
  shared_count pairs;                      ///< storm: authenticated.
  shared_count certified;                  ///< storm: by SASL EXTERNAL, of these.
  shared_count pairs_failed;               ///< storm: refused or cut off.
  shared_count retries;                    ///< negotiations that were begun again.
  std::atomic<uint64_t> unexpected_closes = 0;

  /// The lane of the domain that never reads.
  bool is_stuck(uint64_t lane) const { return opts.has_stuck() && lane == opts.streams - 1; }

  /// Ends the run. The first one counts.
  void fail(std::string why) {
    const std::scoped_lock lock{mutex_};
    if (failure_.empty())
      failure_ = std::move(why);
  }
  /// Empty as long as all is well.
  std::string failure() const {
    const std::scoped_lock lock{mutex_};
    return failure_;
  }

  /// Why a stream ended that should not have. The last one counts.
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
