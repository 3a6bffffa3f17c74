// Adjusting start tags between streams.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "bench/traffic.hpp"
#include "protocol/stanza/rewrite.hpp"

namespace fedhub::bench {
namespace {

constexpr std::string_view server = "jabber:server";
constexpr std::string_view component = "jabber:component:accept";

source_context context_of(const xml_scanner& scanner) {
  return {scanner.header_bindings(), std::string{server}, {}};
}

void check(benchmark::State& state, std::string_view stanza, bool unchanged) {
  xml_scanner scanner{{}};
  scanner.next(stream_header);
  const auto source = context_of(scanner);
  if (scanner.next(stanza).status != scan_status::element)
    return state.SkipWithError("no stanza");
  const tag_digest tag{scanner.tag()};
  for (auto _ : state)
    if (passes_unchanged(stanza, tag, source, component) != unchanged)
      return state.SkipWithError("a wrong answer");
  report(state, stanza.size(), 1);
}

void rewrite(benchmark::State& state, std::string_view stanza, const address_override& address) {
  xml_scanner scanner{{}};
  scanner.next(stream_header);
  const auto source = context_of(scanner);
  if (scanner.next(stanza).status != scan_status::element)
    return state.SkipWithError("no stanza");
  for (auto _ : state)
    benchmark::DoNotOptimize(rewrite_start_tag(stanza, scanner.tag(), source, component, address));
  report(state, scanner.tag().end, 1);
}

constexpr std::string_view plain =
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example' id='ktx72v49' "
  "type='chat'><body>What light?</body></message>";
constexpr std::string_view states_namespace =
  "<message xmlns='jabber:server' from='romeo@montague.example/orchard' "
  "to='juliet@capulet.example' id='ktx72v49' type='chat'><body>What light?</body></message>";
constexpr std::string_view uses_header_prefix =
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example' id='ktx72v49' "
  "type='chat'><body>What light?</body><db:x/></message>";

void passes_stanza_as_it_is(benchmark::State& state) { check(state, plain, true); }
BENCHMARK(passes_stanza_as_it_is);

void rewrite_stated_namespace(benchmark::State& state) { rewrite(state, states_namespace, {}); }
BENCHMARK(rewrite_stated_namespace);

void rewrite_header_prefix(benchmark::State& state) { rewrite(state, uses_header_prefix, {}); }
BENCHMARK(rewrite_header_prefix);

void rewrite_addresses(benchmark::State& state) {
  rewrite(state, plain, {"juliet@capulet.example", "romeo@montague.example/orchard"});
}
BENCHMARK(rewrite_addresses);

} // namespace
} // namespace fedhub::bench
