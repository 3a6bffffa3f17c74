// The resolver: resolutions that show their DNS answers; the erasing of cached answers.
#include <utility>

#include <caf/typed_event_based_actor.hpp>

#include "actors/dns/resolver_state.hpp"

namespace fedhub {

void resolver_state::lookup::deliver(const resolution_ptr& outcome) {
  for (auto& requester : waiting)
    requester.deliver(outcome);
  if (trace)
    trace->waiting.deliver(std::make_shared<const resolution_trace>(
      resolution_trace{outcome, std::move(trace->answers)}));
}

resolver_state::trace_promise
resolver_state::trace(const domain_name& domain, service_kinds services, const dns_asker& asker) {
  return begin_trace({domain, rules(services), options_.draw, now()}, asker);
}

resolver_state::trace_promise resolver_state::trace(const domain_name& domain,
                                                    const given_targets_ptr& targets,
                                                    const dns_asker& asker) {
  return begin_trace({domain, *targets, rules(service_kinds::any), options_.draw, now()}, asker);
}

resolver_state::trace_promise resolver_state::begin_trace(resolver_lookup machine,
                                                          const dns_asker& asker) {
  auto result = self_->make_response_promise<resolution_trace_ptr>();
  lookup traced{std::move(machine),
                {},
                std::nullopt,
                true,
                asker,
                std::make_unique<trace_log>(trace_log{result})};
  if (!budget_.enter(asker)) {
    auto outcome = std::make_shared<resolution>();
    outcome->domain = traced.machine.outcome().domain;
    outcome->why = failure::memory_full;
    outcome->detail = "too many DNS searches are under way";
    traced.deliver(outcome);
    return result;
  }
  const auto id = ++last_id_;
  lookups_.emplace(id, std::move(traced));
  advance(id);
  collect();
  schedule_tick();
  return result;
}

void resolver_state::forget(const domain_name& name) {
  if (name.empty())
    cache_.clear();
  else
    cache_.forget(name.str());
  watch_cache();
}

} // namespace fedhub
