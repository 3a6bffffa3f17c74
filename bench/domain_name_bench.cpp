// Preparing domains for comparison: in full (stringprep's successor, IDNA2008), and from a stream's
// cache of seen domains.
#include <benchmark/benchmark.h>
#include <caf/make_counted.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "actors/stanzas/stanza.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub::bench {
namespace {

void domain_prepared(benchmark::State& state, std::string_view text) {
  for (auto _ : state)
    if (!domain_name::parse(text))
      return state.SkipWithError("a good domain was refused");
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK_CAPTURE(domain_prepared, ascii, "chat.montague.example");
BENCHMARK_CAPTURE(domain_prepared, a_label, "xn--mnchen-3ya.example");
BENCHMARK_CAPTURE(domain_prepared, u_label, "münchen.example");

stanza_source_ptr new_source() {
  return caf::make_counted<stanza_source>(source_context{}, stanza_direction::from_world, nullptr);
}

/// The cache of one stream, for so many domains in turn.
void domain_remembered(benchmark::State& state) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < state.range(0); ++i)
    names.push_back("münchen-" + std::to_string(i) + ".example");
  const auto source = new_source();
  size_t i = 0;
  for (auto _ : state) {
    if (source->intern(names[i]) == nullptr)
      return state.SkipWithError("a good domain was refused");
    if (++i == names.size())
      i = 0;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(domain_remembered)->Arg(1)->Arg(1000);

void domain_seen_first(benchmark::State& state) {
  auto source = new_source();
  size_t i = 0;
  for (auto _ : state) {
    if (source->full()) {
      state.PauseTiming();
      source = new_source();
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(source->intern("host-" + std::to_string(++i) + ".example"));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(domain_seen_first);

} // namespace
} // namespace fedhub::bench
