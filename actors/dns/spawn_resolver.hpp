// How the resolver comes to be.
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

/// Draws a number from 0 to `max`, both included, each as likely.
using random_draw = std::function<uint32_t(uint32_t max)>;

struct resolver_options {
  std::vector<socket_address> servers; ///< empty: the system's (/etc/resolv.conf, read at start).
  bool allow_private_addresses = false;
  /// The servers check DNSSEC, and the way to them is safe: their word on it (the AD bit) is
  /// believed. Without it there is no DANE.
  bool validating = false;
  std::chrono::milliseconds timeout{
    5000}; ///< for one resolution: SRV, then addresses; or for TLSA records.
  std::chrono::seconds negative_ttl{
    60}; ///< the longest that "no such name" or "no such record" is believed.
  size_t cache_entries = 16384; ///< answers, about 256 octets each.
  size_t searches = 4096;       ///< at a time, for nodes and strangers together (`dns_budget`).

  // Called in the resolver's thread of the moment; they must not block. Any may be empty.
  std::function<void(const resolution&)> on_resolved; ///< at each resolution, also from the cache.
  /// At each answer to a question that was sent to a server.
  std::function<void(dns_type, dns_answer::kind, std::chrono::microseconds)> on_question;
  std::function<void(size_t)> on_cached; ///< how many answers the cache has now.

  // For tests. Empty: a generator seeded by the system, the actor's clock, and `has_ipv6`.
  random_draw draw;
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<bool()> ipv6;
};

/// Starts the resolver. It ends by an exit message; who still waits then gets
/// `failure::shutting_down`.
/// @pre `loop` outlives it.
resolver_actor spawn_resolver(caf::actor_system& system, network_loop& loop,
                              resolver_options options);

} // namespace fedhub
