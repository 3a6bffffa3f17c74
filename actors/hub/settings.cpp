#include "actors/hub/settings.hpp"

#include <unistd.h>

#include <algorithm>

#include "actors/dial/descriptor_share.hpp"
#include "actors/dns/spawn_resolver.hpp"
#include "actors/tls/dialback_secret.hpp"

namespace fedhub {

namespace {

double seconds(std::chrono::microseconds x) { return std::chrono::duration<double>(x).count(); }

void count(hub_metrics& metrics, const resolution& resolution) {
  metrics.dns_resolutions
    .at(static_cast<dns_method>(resolution.method), dns_result_of(resolution.why))
    .Increment();
  if (resolution.method == resolve_method::cache || resolution.method == resolve_method::literal)
    return;
  if (resolution.method == resolve_method::srv)
    metrics.dns_duration.at(dns_step::srv).Observe(seconds(resolution.srv_time));
  metrics.dns_duration.at(dns_step::address).Observe(seconds(resolution.address_time));
  metrics.dns_duration.at(dns_step::total).Observe(seconds(resolution.total_time));
}

} // namespace

tl::expected<std::shared_ptr<const dialback_keys>, std::string>
load_keys(const conf::config& config) {
  auto secret = config.federation.dialback_secret;
  if (!secret) {
    auto kept = kept_dialback_secret(config.hub.state_dir);
    if (!kept)
      return tl::unexpected(kept.error());
    secret = std::move(*kept);
  }
  std::vector<std::string> previous;
  for (auto& old : config.federation.dialback_secret_previous)
    previous.emplace_back(old.reveal());
  auto keys = std::make_shared<const dialback_keys>(secret->reveal(), previous);
  for (auto& old : previous)
    conf::wipe(old);
  return keys;
}

std::vector<domain_pattern> local_domains(const conf::config& config) {
  std::vector<domain_pattern> result;
  for (auto& node : config.nodes)
    for (auto& domain : node.served())
      result.push_back(std::move(domain));
  return result;
}

stream_limits announced_limits(const conf::config& x) {
  return {x.limits.stanza_bytes, static_cast<uint32_t>(x.timeouts.idle.count())};
}

admission_limits admission_limits_of(const conf::config& config) {
  const uint64_t listeners =
    (config.listen.s2s.empty() ? 0 : 1) + (config.listen.s2s_direct_tls.empty() ? 0 : 1);
  return {config.limits.connections, config.limits.connections_per_address,
          config.limits.accepts_per_second, config.nodes.size(),
          incoming_descriptors(most_descriptors()) / std::max<uint64_t>(listeners, 1)};
}

int64_t memory_limit_of(const conf::limits_config& limits) {
  if (limits.memory_bytes != 0)
    return static_cast<int64_t>(limits.memory_bytes);
  return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 4;
}

resolver_actor start_resolver(caf::actor_system& system, network_loop& loop, hub_metrics& metrics,
                              const conf::config& config) {
  auto& dns = config.dns;
  resolver_options options;
  options.searches = config.limits.dns_questions;
  for (auto& server : dns.servers)
    options.servers.emplace_back(server.ip, server.port);
  options.allow_private_addresses = dns.allow_private_addresses;
  options.validating = dns.validating;
  options.timeout = dns.timeout;
  options.negative_ttl = dns.negative_ttl;
  options.on_resolved = [&metrics](const resolution& done) { count(metrics, done); };
  options.on_cached = [&metrics](size_t answers) {
    metrics.dns_cache_entries.Set(static_cast<double>(answers));
  };
  return spawn_resolver(system, loop, std::move(options));
}

} // namespace fedhub
