// Looking up a stanza's destination in the routing table, with as many domains as a large site has.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "actors/rules/routing_table.hpp"
#include "bench/traffic.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub::bench {
namespace {

constexpr size_t domains = 20000;

enum class rows { exact, wildcard };

std::string name(size_t i) { return "customer-" + std::to_string(i) + ".tenants.example"; }

conf::config estate(rows kind) {
  conf::config config{};
  conf::node_config node;
  node.name = "cm-1";
  node.access = conf::component_access{};
  for (size_t i = 0; i < domains; ++i) {
    const auto pattern = domain_pattern::parse(kind == rows::wildcard ? "*." + name(i) : name(i));
    node.domains.push_back(*pattern);
    config.federation.allow.push_back(*domain_pattern::parse("partner-" + name(i)));
  }
  config.nodes.push_back(std::move(node));
  config.federation.privacy_mode = conf::privacy_mode::allow_list;
  return config;
}

routing_table table_of(const conf::config& config) {
  std::vector<node_route> nodes(1);
  nodes[0].name = "cm-1";
  nodes[0].live = true;
  return {config, std::move(nodes)};
}

/// Returns the names of all domains in random order, like the stanzas of many senders.
std::vector<domain_name> shuffled(const std::string& prefix) {
  std::vector<domain_name> all;
  for (size_t i = 0; i < domains; ++i)
    all.push_back(*domain_name::parse(prefix + name(i)));
  std::shuffle(all.begin(), all.end(), std::mt19937{1});
  return all;
}

/// Asks one question after another. `holds` checks each answer.
template <class F>
void ask(benchmark::State& state, const std::vector<domain_name>& names, F holds) {
  size_t i = 0;
  for (auto _ : state) {
    if (!holds(names[i])) {
      state.SkipWithError("a wrong answer");
      return;
    }
    if (++i == names.size())
      i = 0;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void route_to_local_domain(benchmark::State& state) {
  const auto table = table_of(estate(rows::exact));
  ask(state, shuffled(""), [&](const domain_name& x) { return table.serving(x) != nullptr; });
}
BENCHMARK(route_to_local_domain);

void route_to_subdomain_by_wildcard(benchmark::State& state) {
  const auto table = table_of(estate(rows::wildcard));
  ask(state, shuffled("chat."), [&](const domain_name& x) { return table.serving(x) != nullptr; });
}
BENCHMARK(route_to_subdomain_by_wildcard);

void route_to_remote_domain(benchmark::State& state) {
  const auto table = table_of(estate(rows::exact));
  ask(state, shuffled("elsewhere-"),
      [&](const domain_name& x) { return table.serving(x) == nullptr; });
}
BENCHMARK(route_to_remote_domain);

void admit_remote_domain_by_allow_list(benchmark::State& state) {
  const auto table = table_of(estate(rows::exact));
  ask(state, shuffled("partner-"),
      [&](const domain_name& x) { return table.admits(x) == failure::none; });
}
BENCHMARK(admit_remote_domain_by_allow_list);

void choose_node_by_hash(benchmark::State& state) {
  conf::config config{};
  std::vector<node_route> nodes;
  std::vector<uint32_t> candidates;
  for (uint32_t i = 0; i < 4; ++i) {
    conf::node_config node;
    node.name = "cm-" + std::to_string(i);
    node.domains = {*domain_pattern::parse("corp.example")};
    node.access = conf::component_access{};
    config.nodes.push_back(node);
    node_route route;
    route.name = node.name;
    route.live = true;
    nodes.push_back(std::move(route));
    candidates.push_back(i);
  }
  const routing_table table{config, std::move(nodes)};
  for (auto _ : state)
    benchmark::DoNotOptimize(table.choose(candidates, "juliet.capulet@corp.example").seed);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(choose_node_by_hash);

} // namespace
} // namespace fedhub::bench
