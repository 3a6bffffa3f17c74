// Starts the resolver.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/dns/resolver.hpp"
#include "actors/runtime/network_loop.hpp"

namespace fedhub {

/// Draws a number from 0 to `max` inclusive, uniformly.
using random_draw = std::function<uint32_t(uint32_t max)>;

struct resolver_options {
  /// If empty, the system's servers (/etc/resolv.conf, read at start).
  std::vector<socket_address> servers;
  bool allow_private_addresses = false;
  /// The servers check DNSSEC, and the way to them is safe. So the hub trusts their AD bit. Without
  /// it there is no DANE.
  bool validating = false;
  /// For one resolution (SRV, then addresses), or for a search for TLSA records.
  std::chrono::milliseconds timeout{5000};
  /// The longest time for which "no such name" or "no such record" is cached.
  std::chrono::seconds negative_ttl{60};
  size_t cache_entries = 16384; ///< answers, about 256 octets each.
  size_t searches = 4096;       ///< at a time, for nodes and all others together (`dns_budget`).

  // Callbacks, each may be empty. They run in the thread that runs the resolver at that moment, and
  // must not block.
  /// Called for each resolution, also one from the cache.
  std::function<void(const resolution&)> on_resolved;
  /// Called for each answer to a question that was sent to a server.
  std::function<void(dns_type, dns_answer::kind, std::chrono::microseconds)> on_question;
  /// Called with the number of cached answers.
  std::function<void(size_t)> on_cached;

  // For tests. If empty, they are a generator seeded by the system, the actor's clock, and
  // `has_ipv6`.
  random_draw draw;
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<bool()> ipv6;
};

/// Starts the resolver. It ends by an exit message. Each open request is then answered with
/// `failure::shutting_down`.
/// @pre `loop` outlives it.
resolver_actor spawn_resolver(caf::actor_system& system, network_loop& loop,
                              resolver_options options);

} // namespace fedhub
