#include "bench/load/run.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>

#include "bench/load/node.hpp"
#include "bench/load/process_watch.hpp"
#include "bench/load/world.hpp"

namespace fedhub::load {

namespace {

using failure = tl::unexpected<std::string>;

/// How often memory is sampled, and conditions are checked.
constexpr nanos sampling = 100 * per_millisecond;
/// The run is given up after so long without a further stream that becomes ready.
constexpr nanos patience = 30 * per_second;
/// idle: how long the server under test may take to close the streams that verified keys.
constexpr nanos settling = 5 * per_second;
/// storm: how long the pairs that have begun are awaited.
constexpr nanos storm_drain = 3 * per_second;
/// Streams that are not closed after this time are cut off.
constexpr nanos parting = 2 * per_second;

double generator_cpu() {
  rusage rusage{};
  getrusage(RUSAGE_SELF, &rusage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(rusage.ru_utime) + seconds(rusage.ru_stime);
}

/// All counts at one moment.
struct snapshot {
  nanos at = 0;
  uint64_t received = 0, octets = 0, pairs = 0, certified = 0;
  double cpu = 0, generator = 0;
};

class experiment {
public:
  experiment(const options& opts, const tls_contexts* contexts, const stanza_stock& stock,
             process_watch watch, const std::atomic<bool>& enough)
    : opts_(opts), enough_(enough), watch_(std::move(watch)), run_(opts, contexts),
      world_(run_, stock), node_(run_, stock) {
    // The sending thread sleeps until the other one has received; in echo both are one thread.
    if (opts.from_node())
      world_.receiver().wakes(node_.loop());
    else if (opts.what == scenario::in)
      node_.receiver().wakes(world_.loop());
  }

  tl::expected<result, std::string> perform() {
    if (auto bound = world_.listen(); !bound)
      return failure{bound.error()};
    if (auto bound = node_.listen(); !bound)
      return failure{bound.error()};
    std::thread world_thread{[this] { world_.run(); }};
    std::thread node_thread{[this] { node_.run(); }};
    result_.rss_kib_before = result_.rss_kib_peak = watch_.resident_kib();
    const bool completed = measure();
    if (completed)
      close_all();
    world_.loop().stop();
    node_.loop().stop();
    world_thread.join();
    node_thread.join();
    if (!completed)
      return failure{run_.failure()};
    conclude();
    return result_;
  }

private:
  /// @returns whether the run was completed.
  bool measure() {
    if (!wait("connecting", patience, [this] { return node_.ready(); }) || !node_.ready())
      return give_up("the component's link was not accepted");
    enter(phase::opening);
    if (opts_.what != scenario::storm && !open_lanes())
      return false;
    if (opts_.what == scenario::idle && !settle())
      return false;
    enter(phase::flowing);
    if (!wait("warm-up", seconds(opts_.warm_up)))
      return false;
    if (!measure_interval())
      return false;
    enter(phase::draining);
    if (opts_.what == scenario::storm)
      return wait("drain", std::min(seconds(opts_.drain), storm_drain),
                  [this] { return world_.opened_open() == 0; })
             && (run_.pairs.get() != 0 || give_up("no pair was authenticated: " + run_.refusal()));
    return wait("drain", seconds(opts_.drain), [this] { return all_is_in(); });
  }

  bool open_lanes() {
    nanos last_progress = run_.clock.now();
    uint64_t last = 0;
    while (run_.opened.get() < opts_.streams) {
      if (!wait("opening", sampling, [this] { return run_.opened.get() == opts_.streams; }))
        return false;
      if (std::exchange(last, run_.opened.get()) != run_.opened.get())
        last_progress = run_.clock.now();
      else if (run_.clock.now() - last_progress > patience)
        return give_up("nothing has moved for 30 s: of " + std::to_string(opts_.streams)
                       + " streams " + std::to_string(last) + " are ready");
    }
    return true;
  }

  /// idle: waits until the streams that verified keys are closed. The server keeps the remaining
  /// ones.
  bool settle() {
    return wait("settling", settling, [this] { return world_.accepted_open() == 0; });
  }

  bool measure_interval() {
    measuring_ = true;
    const snapshot begin = take_snapshot();
    run_.measured_from = begin.at;
    run_.measured_until = begin.at + seconds(opts_.duration);
    const bool completed =
      wait("measuring", seconds(opts_.duration), [this] { return enough_.load(); });
    const snapshot end = take_snapshot();
    run_.measured_until = std::min(run_.measured_until.load(), end.at);
    result_.rss_kib_after = watch_.resident_kib();
    result_.world_connections = world_.accepted_open();
    compare(begin, end);
    return completed;
  }

  /// Closes everything in order, so that the next run finds the server in the same state as this
  /// one.
  void close_all() {
    enter(phase::closing);
    wait("closing", parting,
         [this] { return world_.open_streams() == 0 && (!node_.ready() || !opts_.links_node()); });
  }

  snapshot take_snapshot() const {
    return {.at = run_.clock.now(),
            .received = run_.all_received.load(),
            .octets = run_.octets_received.get(),
            .pairs = run_.pairs.get(),
            .certified = run_.certified.get(),
            .cpu = watch_.cpu_seconds(),
            .generator = generator_cpu()};
  }

  void compare(const snapshot& begin, const snapshot& end) {
    result& result = result_;
    result.seconds = static_cast<double>(end.at - begin.at) / per_second;
    const auto stanzas = static_cast<double>(end.received - begin.received);
    result.stanzas_per_second = stanzas / result.seconds;
    result.octets_per_second = static_cast<double>(end.octets - begin.octets) / result.seconds;
    result.cpu_seconds = end.cpu - begin.cpu;
    result.generator_cpu_seconds = end.generator - begin.generator;
    result.cpu_seconds_per_million = stanzas > 0 ? result.cpu_seconds * 1e6 / stanzas : 0;
    result.pairs = end.pairs - begin.pairs;
    result.certified = end.certified - begin.certified;
    result.pairs_per_second = static_cast<double>(result.pairs) / result.seconds;
    result.cpu_ms_per_pair =
      result.pairs != 0 ? result.cpu_seconds * 1e3 / static_cast<double>(result.pairs) : 0;
    if (opts_.what == scenario::idle) {
      const auto grown =
        static_cast<double>(result.rss_kib_after) - static_cast<double>(result.rss_kib_before);
      result.kib_per_stream = grown / opts_.streams;
      result.idle_cpu_share = result.cpu_seconds / result.seconds;
    }
  }

  /// Collects what only the two threads know.
  void conclude() {
    result& result = result_;
    const auto& receiver = opts_.what == scenario::in ? node_.receiver() : world_.receiver();
    for (uint32_t lane = 0; lane < opts_.streams; ++lane) {
      const uint64_t sent = run_.sent[lane].get();
      const uint64_t received = run_.received[lane].get();
      if (run_.is_stuck(lane)) {
        result.stuck_sent = sent;
        result.stuck_received = received;
        result.stuck_bounced = run_.stuck_bounced;
        result.stuck_kept = sent - std::min(sent, received + result.stuck_bounced);
        continue;
      }
      const auto& check = receiver.lane(lane);
      result.sent += sent;
      result.received += received;
      result.lost += check.lost(sent);
      result.doubled += check.doubled();
      result.reordered += check.reordered();
    }
    result.bounced = run_.bounced;
    result.lost -= std::min(result.lost, result.bounced); // returned stanzas are not lost
    result.unsent = (opts_.from_node() ? node_.sender() : world_.sender()).overdue();
    result.unexpected_closes = run_.unexpected_closes;
    result.last_close = run_.refusal();
    result.retries = run_.retries.get();
    result.pairs_failed = run_.pairs_failed.get();
    const histogram& latencies = receiver.latencies();
    const auto us = [&latencies](double q) {
      return static_cast<double>(latencies.quantile(q)) / 1e3;
    };
    result.latency = {.p50 = us(0.5),
                      .p90 = us(0.9),
                      .p99 = us(0.99),
                      .p999 = us(0.999),
                      .max = static_cast<double>(latencies.max()) / 1e3,
                      .count = latencies.count()};
  }

  static nanos seconds(double x) { return static_cast<nanos>(x * per_second); }

  void enter(phase next) {
    run_.step = next;
    world_.loop().wake();
    node_.loop().wake();
  }

  uint64_t outstanding() const {
    const uint64_t settled = run_.all_received.load() + run_.bounced;
    const uint64_t sent = run_.all_sent.get();
    return sent - std::min(sent, settled);
  }

  /// Returns whether no stanza is outstanding, and none will follow.
  bool all_is_in() const {
    return (run_.sending_over || !opts_.carries_stanzas()) && outstanding() == 0;
  }

  bool give_up(std::string why) {
    run_.fail(std::move(why));
    return false;
  }

  /// Lets the two threads work for `length` or until `over`. @returns whether nothing failed.
  bool wait(const char* what, nanos length, const std::function<bool()>& over = {}) {
    const nanos end = run_.clock.now() + length;
    while (run_.failure().empty()) {
      if (enough_ && !measuring_)
        return give_up("ended before anything was measured");
      const nanos now = run_.clock.now();
      if (now >= end || (over && over()))
        return true;
      // A condition is checked more often than memory.
      const nanos step = std::min(end - now, over ? 10 * per_millisecond : sampling);
      std::this_thread::sleep_for(std::chrono::nanoseconds{step});
      result_.rss_kib_peak = std::max(result_.rss_kib_peak, watch_.resident_kib());
      show(what);
    }
    return false;
  }

  void show(const char* what) {
    const nanos now = run_.clock.now();
    if (opts_.quiet || now - shown_at_ < per_second)
      return;
    const uint64_t received = run_.all_received.load();
    const uint64_t pairs = run_.pairs.get();
    const double span = static_cast<double>(now - shown_at_) / per_second;
    if (opts_.what == scenario::storm)
      std::fprintf(stderr, "%6.1f s  %-10s %9.0f pairs/s  failed %llu\n",
                   static_cast<double>(now) / per_second, what,
                   static_cast<double>(pairs - shown_pairs_) / span,
                   static_cast<unsigned long long>(run_.pairs_failed.get()));
    else
      std::fprintf(stderr, "%6.1f s  %-10s %9.0f stanzas/s  outstanding %llu  ready %llu/%u\n",
                   static_cast<double>(now) / per_second, what,
                   static_cast<double>(received - shown_received_) / span,
                   static_cast<unsigned long long>(outstanding()),
                   static_cast<unsigned long long>(run_.opened.get()), opts_.streams);
    shown_at_ = now;
    shown_received_ = received;
    shown_pairs_ = pairs;
  }

  const options& opts_;
  const std::atomic<bool>& enough_;
  bool measuring_ = false; ///< measuring, or after it.
  process_watch watch_;
  traffic run_;
  world world_;
  node node_;
  result result_;
  nanos shown_at_ = 0;
  uint64_t shown_received_ = 0;
  uint64_t shown_pairs_ = 0;
};

} // namespace

tl::expected<result, std::string> run_scenario(const options& opts, const stanza_stock& stock,
                                               const std::atomic<bool>& enough) {
  auto watch = process_watch::open(opts.watch);
  if (!watch)
    return failure{watch.error()};
  std::optional<tls_contexts> contexts;
  if (opts.tls) {
    auto made = tls_contexts::make(opts.certificate);
    if (!made)
      return failure{made.error()};
    contexts = std::move(*made);
  }
  return experiment{opts, contexts ? &*contexts : nullptr, stock, std::move(*watch), enough}
    .perform();
}

} // namespace fedhub::load
