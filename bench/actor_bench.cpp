// The cost of CAF: one hop of a batch between two actors, and the clock for deadlines. The times
// are wall-clock times, since the scheduler's threads do the work.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces/stanza_sink.hpp"
#include "bench/batches.hpp"

namespace fedhub::bench {
namespace {

/// CAF's own work stealing, with a single attempt of moderate polling.
struct scheduler_config : caf::actor_system_config {
  scheduler_config() { set("work-stealing.moderate-poll-attempts", size_t{1}); }
};

/// Passes each batch on to `to`.
stanza_sink_actor::behavior_type relay(stanza_sink_actor::pointer self,
                                       const stanza_sink_actor& to) {
  return {[=](deliver_atom, const stanza_batch_ptr& x) { self->send(to, deliver_atom_v, x); }};
}

/// One batch at a time goes through two actors and back to the waiting thread: two hops on the
/// scheduler, and its wake-up, twice. The time is that of one such round.
void actor_round_trip_alone(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  stanza_supply supply;
  scheduler_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto stanzas = supply.cut(count);
  const auto second = system.spawn(relay, caf::actor_cast<stanza_sink_actor>(self));
  const auto first = system.spawn(relay, second);
  for (auto _ : state) {
    self->send(first, deliver_atom_v, supply.batch(std::exchange(stanzas, {})));
    self->receive(
      [&](deliver_atom, const stanza_batch_ptr& x) { stanzas = std::move(x->stanzas); });
  }
  if (stanzas.size() != count)
    state.SkipWithError("stanzas are missing");
  for (auto& x : stanzas)
    supply.account().dropped(x, failure::shutting_down);
  self->send_exit(first, caf::exit_reason::kill);
  self->send_exit(second, caf::exit_reason::kill);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * count));
}
BENCHMARK(actor_round_trip_alone)->Arg(1)->Arg(16)->Arg(256)->UseRealTime();

/// Settles stanzas, and sends a message after so many batches.
stanza_sink_actor::behavior_type settler(stanza_sink_actor::pointer, accounting* account,
                                         int64_t batches, const caf::actor& waiting) {
  auto tally = std::make_shared<stanza_tally>(*account);
  return {[=, seen = int64_t{0}](deliver_atom, const stanza_batch_ptr& batch) mutable {
    for (auto& stanza : batch->stanzas)
      tally->delivered(stanza);
    batch->stanzas.clear();
    tally->publish();
    if (++seen % batches == 0)
      caf::anon_send(waiting, tick_atom_v);
  }};
}

/// One hop while further batches always wait: 1,024 are sent before the first is awaited. Items are
/// stanzas; `batch` is the time for one batch.
void actor_hop_under_load(benchmark::State& state) {
  constexpr int64_t batches = 1024;
  const auto count = static_cast<size_t>(state.range(0));
  stanza_supply supply;
  scheduler_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto sink = system.spawn(settler, &supply.account(), batches, caf::actor{self});
  const auto first = system.spawn(relay, sink);
  const auto model = supply.cut(count);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<stanza_batch_ptr> all;
    for (int64_t i = 0; i < batches; ++i)
      all.push_back(supply.batch(model));
    state.ResumeTiming();
    for (auto& x : all)
      self->send(first, deliver_atom_v, std::move(x));
    self->receive([](tick_atom) {});
  }
  self->send_exit(first, caf::exit_reason::kill);
  self->send_exit(sink, caf::exit_reason::kill);
  const auto done = static_cast<double>(state.iterations() * batches);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * batches * count));
  state.counters["batch"] =
    benchmark::Counter(done, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(actor_hop_under_load)->Arg(1)->Arg(16)->Arg(256)->UseRealTime();

constexpr int64_t streams = 50000;

caf::behavior ticked(caf::event_based_actor* self, const caf::actor& waiting) {
  return {[=, seen = int64_t{0}](tick_atom) mutable {
    if (++seen % streams == 0)
      self->send(waiting, tick_atom_v);
  }};
}

/// Sets a deadline beside up to 50,000 others, each at another time, as connections do.
void deadline_set(benchmark::State& state) {
  scheduler_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto owner = system.spawn(ticked, caf::actor{self});
  int64_t i = 0;
  for (auto _ : state)
    self->delayed_send(owner,
                       std::chrono::minutes{10} + std::chrono::microseconds{++i * 7919 % streams},
                       tick_atom_v);
  self->send_exit(owner, caf::exit_reason::kill);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(deadline_set)->Iterations(streams)->UseRealTime();

/// Sets 50,000 deadlines that are due at the same time, and handles their messages.
void deadlines_due_together(benchmark::State& state) {
  scheduler_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto owner = system.spawn(ticked, caf::actor{self});
  for (auto _ : state) {
    for (int64_t i = 0; i < streams; ++i)
      self->delayed_send(owner, std::chrono::milliseconds{1}, tick_atom_v);
    self->receive([](tick_atom) {});
  }
  self->send_exit(owner, caf::exit_reason::kill);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * streams));
}
BENCHMARK(deadlines_due_together)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace
} // namespace fedhub::bench
