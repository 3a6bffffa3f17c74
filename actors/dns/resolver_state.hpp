// The resolver's state: the resolutions in progress, and the requests that wait for them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/dns/dns_budget.hpp"
#include "actors/dns/dns_cache.hpp"
#include "actors/dns/dns_channel.hpp"
#include "actors/dns/resolver_lookup.hpp"
#include "actors/dns/resolver_tlsa.hpp"
#include "actors/dns/spawn_resolver.hpp"
#include "actors/runtime/tick_plan.hpp"

namespace fedhub {

struct resolver_state {
  using promise = caf::typed_response_promise<resolution_ptr>;
  using trace_promise = caf::typed_response_promise<resolution_trace_ptr>;
  using tlsa_promise = caf::typed_response_promise<tlsa_set_ptr>;
  using time_point = std::chrono::steady_clock::time_point;
  using pointer = resolver_actor::stateful_pointer<resolver_state>;

  /// The most resolutions of nodes that wait for room (`resolver_options::searches`). It is only
  /// reached if DNS does not answer for thousands of domains. Further resolutions fail at once, so
  /// memory is bounded.
  static constexpr size_t max_waiting = 32768;
  /// How often time-outs are checked while anything is in progress. One message serves all of them,
  /// instead of a timer for each. The shortest wait is `resolver_lookup::resolution_delay`.
  static constexpr std::chrono::milliseconds tick_interval{25};
  /// How long the result of `resolver_options::ipv6` is used before it is called again.
  static constexpr std::chrono::seconds ipv6_ttl{10};

  static inline const char* name = "fedhub.resolver";

  resolver_state() = default;
  ~resolver_state(); ///< answers open requests with `failure::shutting_down`.

  void start(pointer self, network_loop& loop, resolver_options options);

  promise resolve(const domain_name& domain, service_kinds services, const dns_asker& asker);
  promise resolve(const domain_name& host, uint16_t port, const dns_asker& asker);
  promise resolve(const domain_name& domain, const given_targets_ptr& targets,
                  const dns_asker& asker);
  trace_promise trace(const domain_name& domain, service_kinds services, const dns_asker& asker);
  trace_promise trace(const domain_name& domain, const given_targets_ptr& targets,
                      const dns_asker& asker);
  /// @param name see `forget_atom`.
  void forget(const domain_name& name);
  tlsa_promise find_tlsa(const tlsa_endpoint& of, const dns_asker& asker);
  void on_ready(int fd);
  void on_tick();
  void on_sweep();

private:
  /// The answers of a traced lookup so far, and the request that waits for them.
  struct trace_log {
    trace_promise waiting;
    std::vector<traced_answer> answers = {};
  };
  struct lookup {
    resolver_lookup machine;
    std::vector<promise> waiting;
    /// Set if SRV is asked: later requests for the same domain and kinds join.
    std::optional<service_kinds> services;
    bool begun = true; ///< `false`: waits for room.
    dns_asker asker;
    std::unique_ptr<trace_log> trace = nullptr; ///< null: no request is for the answers.

    void deliver(const resolution_ptr& outcome);
  };
  // A stranger can cause thousands of lookups. With the table's link and key, one fits the
  // allocator's size class of 448 octets; the next class has 512.
  static_assert(sizeof(lookup) + 2 * sizeof(void*) <= 448);

  struct tlsa_search {
    tlsa_lookup machine;
    tlsa_promise waiting;
    dns_asker asker;
  };
  using lookup_id = uint64_t;

  time_point now() const;
  promise begin(resolver_lookup machine, std::optional<service_kinds> services,
                const dns_asker& asker);
  trace_promise begin_trace(resolver_lookup machine, const dns_asker& asker);
  /// Begins waiting lookups as far as there is room.
  void begin_waiting();
  /// Makes a lookup the node's, since a node has asked for it too.
  void take_over(lookup_id id, lookup& lookup);
  lookup_rules rules(service_kinds services);
  bool ipv6();
  auto& joinable(service_kinds x) { return joinable_[static_cast<size_t>(x)]; }
  size_t in_progress() const { return lookups_.size() + tlsa_searches_.size(); }
  const dns_answer* cached_or_asked(const dns_question& question, lookup_id id, bool urgent);
  void collect();
  void advance(lookup_id id);
  void finish(lookup_id id);
  void advance_tlsa(lookup_id id);
  void schedule_tick();
  /// Reports the size of the cache, and schedules a message for the time when its next answer
  /// expires.
  void watch_cache();

  pointer self_ = nullptr;
  resolver_options options_;
  std::unique_ptr<dns_channel> channel_;
  dns_cache cache_;
  tick_plan sweeps_; ///< when expired answers of the cache are erased.
  lookup_id last_id_ = 0;
  dns_budget budget_{0};
  std::unordered_map<lookup_id, lookup> lookups_;
  std::deque<lookup_id> waiting_; ///< lookups that have not begun, the oldest first.
  std::unordered_map<lookup_id, tlsa_search> tlsa_searches_; ///< ids come from the same sequence.
  /// The lookups with `services`, by that value and the domain.
  std::array<std::unordered_map<domain_name, lookup_id>, 2> joinable_;
  /// Each question that the channel has, with the lookups that wait for its answer.
  std::unordered_map<dns_question, std::vector<lookup_id>, dns_question_hash> asked_;
  bool tick_scheduled_ = false;
  bool ipv6_ = false;
  std::optional<time_point> ipv6_seen_; ///< when `ipv6_` was set.
};

resolver_actor::behavior_type resolver(resolver_actor::stateful_pointer<resolver_state> self,
                                       network_loop* loop, resolver_options options);

} // namespace fedhub
