// Making and checking keys of XEP-0185.
#include <benchmark/benchmark.h>

#include "protocol/negotiation/dialback.hpp"

#include "protocol/text/domain_name.hpp"

namespace fedhub::bench {
namespace {

domain_pair some_pair() {
  return {*domain_name::parse("montague.example"), *domain_name::parse("capulet.example")};
}

void dialback_key_made(benchmark::State& state) {
  const dialback_keys keys{"s3cr3tf0rd14lb4ck"};
  const auto pair = some_pair();
  const auto id = make_stream_id();
  for (auto _ : state)
    benchmark::DoNotOptimize(keys.make(pair, id));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(dialback_key_made);

void dialback_key_checked(benchmark::State& state) {
  const dialback_keys keys{"s3cr3tf0rd14lb4ck"};
  const auto pair = some_pair();
  const auto id = make_stream_id();
  const auto key = keys.make(pair, id);
  for (auto _ : state)
    if (!keys.check(pair, id, key))
      return state.SkipWithError("a good key was refused");
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(dialback_key_checked);

void stream_id_made(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(make_stream_id());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(stream_id_made);

} // namespace
} // namespace fedhub::bench
