// The result of a run.
#pragma once

#include <cstdint>
#include <string>

#include "bench/load/options.hpp"

namespace fedhub::load {

/// The result of one run. Times are in seconds unless the name says otherwise.
struct result {
  double seconds = 0; ///< length of the measured interval.
  // In the whole run.
  uint64_t sent = 0, received = 0, unsent = 0;
  uint64_t lost = 0, doubled = 0, reordered = 0, bounced = 0;
  uint64_t unexpected_closes = 0, retries = 0;
  std::string last_close; ///< why the last stream ended unexpectedly; empty if none did.
  // In the interval.
  double stanzas_per_second = 0, octets_per_second = 0;
  double cpu_seconds = 0, cpu_seconds_per_million = 0, generator_cpu_seconds = 0;
  // About the watched processes.
  uint64_t rss_kib_before = 0, rss_kib_after = 0, rss_kib_peak = 0;

  struct {
    double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0; ///< us
    uint64_t count = 0;
  } latency;

  // storm: pairs in the interval, and those of them by SASL EXTERNAL; failures in the whole run.
  uint64_t pairs = 0, certified = 0, pairs_failed = 0;
  double pairs_per_second = 0, cpu_ms_per_pair = 0;
  // idle
  double kib_per_stream = 0, idle_cpu_share = 0;
  uint64_t world_connections = 0; ///< of the server under test to the world, at the end.
  // mixed: stanzas of the domain that never reads.
  uint64_t stuck_sent = 0, stuck_received = 0, stuck_bounced = 0, stuck_kept = 0;

  bool clean() const { return lost + doubled + reordered + bounced == 0; }
};

/// Returns the result as one line of JSON.
std::string to_json(const options& opts, const result& result);
/// Returns the result as a table for people.
std::string to_table(const options& opts, const result& result);

} // namespace fedhub::load
