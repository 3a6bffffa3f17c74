// The settings in force, and figures that follow from the configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>
#include <tl/expected.hpp>

#include "actors/dns/resolver.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/trust_policy.hpp"
#include "actors/runtime/network_loop.hpp"
#include "actors/tls/tls_store.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/events/stream_limits.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

namespace conf {
class layer_sum;
}

struct hub;

/// The settings in force. Immutable; a reload replaces them whole.
struct settings {
  conf::config config;
  std::shared_ptr<const tls_store> tls;
  resolver_actor resolver;
  std::shared_ptr<const dialback_keys> keys;
  std::shared_ptr<const trust_policy> trust;
  /// The files' values that `config` was read from; null: it was not read from files.
  std::shared_ptr<const conf::layer_sum> sum = {};
  /// Grows with each configuration that is put in force, also over restarts.
  uint64_t version = 0;
};
using settings_ptr = std::shared_ptr<const settings>;

/// Returns the keys of the configured dialback secret, or of the secret in the state folder, which
/// is created if it is missing. @returns an error that names the path.
tl::expected<std::shared_ptr<const dialback_keys>, std::string>
load_keys(const conf::config& config);

/// Returns the domains of all nodes.
std::vector<domain_pattern> local_domains(const conf::config& config);

/// Returns the limits that the hub states to its peers (XEP-0478).
stream_limits announced_limits(const conf::config& config);

admission_limits admission_limits_of(const conf::config& config);

/// Returns the octets that waiting stanzas may hold, hub-wide: as configured, or a quarter of the
/// machine's memory.
int64_t memory_limit_of(const conf::limits_config& limits);

/// Starts a resolver that counts its work in the hub's metrics.
resolver_actor start_resolver(caf::actor_system& system, network_loop& loop, hub_metrics& metrics,
                              const conf::config& config);

} // namespace fedhub
