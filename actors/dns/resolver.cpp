#include "actors/dns/resolver.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include "actors/dns/resolver_state.hpp"
#include "actors/log/peer_log.hpp"

namespace fedhub {

namespace {

/// Returns a log for debugging. The resolver does not know who caused the questions.
peer_log debug_log(std::string_view kind, std::string about) {
  return {log_module::resolver, kind, {log_standing::stranger, std::move(about)}};
}

resolution_ptr failed(const domain_name& domain, failure why, std::string detail) {
  auto result = std::make_shared<resolution>();
  result->domain = domain;
  result->why = why;
  result->detail = std::move(detail);
  return result;
}

tlsa_set_ptr no_tlsa(tlsa_set::kind what, std::string detail) {
  auto result = std::make_shared<tlsa_set>();
  result->what = what;
  result->detail = std::move(detail);
  return result;
}

dns_cache_limits limits_of(const resolver_options& options) {
  dns_cache_limits result;
  result.entries = options.cache_entries;
  result.negative = options.negative_ttl;
  return result;
}

} // namespace

resolver_state::~resolver_state() {
  for (auto& [id, x] : lookups_) {
    auto outcome =
      failed(x.machine.outcome().domain, failure::shutting_down, "the hub is stopping");
    x.deliver(outcome);
  }
  for (auto& [id, x] : tlsa_searches_)
    x.waiting.deliver(no_tlsa(tlsa_set::kind::failed, "the hub is stopping"));
}

void resolver_state::start(pointer self, network_loop& loop, resolver_options options) {
  self_ = self;
  options_ = std::move(options);
  if (!options_.draw)
    options_.draw = system_random();
  if (!options_.ipv6)
    options_.ipv6 = has_ipv6;
  cache_ = dns_cache{limits_of(options_)};
  budget_ = dns_budget{options_.searches};
  channel_ = std::make_unique<dns_channel>(
    loop, [self] { return caf::actor_cast<ready_sink_actor>(self); },
    dns_channel_options{options_.servers, options_.timeout, options_.validating});
}

resolver_state::time_point resolver_state::now() const {
  return options_.now ? options_.now() : self_->clock().now();
}

lookup_rules resolver_state::rules(service_kinds services) {
  return {options_.allow_private_addresses, options_.timeout, services, options_.validating,
          ipv6()};
}

bool resolver_state::ipv6() {
  const auto t = now();
  if (!ipv6_seen_ || t - *ipv6_seen_ >= ipv6_ttl) {
    ipv6_seen_ = t;
    ipv6_ = options_.ipv6();
  }
  return ipv6_;
}

resolver_state::promise resolver_state::resolve(const domain_name& domain, service_kinds services,
                                                const dns_asker& asker) {
  if (auto i = joinable(services).find(domain); i != joinable(services).end()) {
    auto& lookups = lookups_.at(i->second);
    auto result = lookups.waiting.emplace_back(self_->make_response_promise<resolution_ptr>());
    if (asker.party == dns_party::node && lookups.asker.party != dns_party::node) {
      take_over(i->second, lookups);
      collect();
    }
    return result;
  }
  return begin({domain, rules(services), options_.draw, now()}, services, asker);
}

resolver_state::promise resolver_state::resolve(const domain_name& host, uint16_t port,
                                                const dns_asker& asker) {
  return begin({host, port, rules(service_kinds::starttls), options_.draw, now()}, std::nullopt,
               asker);
}

resolver_state::promise resolver_state::resolve(const domain_name& domain,
                                                const given_targets_ptr& targets,
                                                const dns_asker& asker) {
  return begin({domain, *targets, rules(service_kinds::any), options_.draw, now()}, std::nullopt,
               asker);
}

resolver_state::promise resolver_state::begin(resolver_lookup machine,
                                              std::optional<service_kinds> services,
                                              const dns_asker& asker) {
  auto result = self_->make_response_promise<resolution_ptr>();
  const auto domain = machine.outcome().domain;
  const bool room = waiting_.empty() || asker.party != dns_party::node;
  const bool begun = room && budget_.enter(asker);
  if (!begun && (asker.party != dns_party::node || waiting_.size() >= max_waiting)) {
    result.deliver(failed(domain, failure::memory_full, "too many DNS searches are under way"));
    return result;
  }
  debug_log("searches", domain.str())
    .debug("resolve {}: {}", fact::domain(domain), begun ? "start" : "waits for a free place",
           fact::state(begun ? "started" : "waiting"));
  auto id = ++last_id_;
  lookups_.emplace(id, lookup{std::move(machine), {result}, services, begun, asker});
  if (services)
    joinable(*services).emplace(domain, id);
  if (begun)
    advance(id);
  else
    waiting_.push_back(id);
  collect();
  schedule_tick();
  return result;
}

void resolver_state::begin_waiting() {
  bool any = false;
  while (!waiting_.empty()) {
    const auto id = waiting_.front();
    auto& lookups = lookups_.at(id);
    if (!budget_.enter(lookups.asker))
      break;
    waiting_.pop_front();
    any = true;
    lookups.begun = true;
    lookups.machine.begin(now());
    advance(id);
  }
  if (any)
    collect();
}

void resolver_state::take_over(lookup_id id, lookup& lookup) {
  budget_.leave(lookup.asker);
  lookup.asker = {};
  budget_.enter(lookup.asker); // `leave` has made room for it
  channel_->hurry([&](const dns_question& question) {
    auto wanted = asked_.find(question);
    return wanted != asked_.end() && std::ranges::find(wanted->second, id) != wanted->second.end();
  });
}

void resolver_state::on_ready(int fd) {
  channel_->on_ready(fd);
  collect();
  begin_waiting();
}

void resolver_state::on_tick() {
  tick_scheduled_ = false;
  channel_->on_time();
  collect();
  std::vector<lookup_id> over;
  for (auto& [id, x] : lookups_) {
    if (!x.begun)
      continue;
    x.machine.on_time(now());
    if (x.machine.done())
      over.push_back(id);
  }
  for (auto id : over)
    finish(id);
  over.clear();
  for (auto& [id, x] : tlsa_searches_) {
    x.machine.on_time(now());
    if (x.machine.done())
      over.push_back(id);
  }
  for (auto id : over)
    advance_tlsa(id);
  begin_waiting();
  schedule_tick();
}

/// Passes the channel's answers to the lookups. They may ask new questions, which may be answered
/// at once.
void resolver_state::collect() {
  for (auto answers = channel_->take_answers(); !answers.empty();
       answers = channel_->take_answers()) {
    for (auto& answer : answers) {
      if (options_.on_question)
        options_.on_question(answer.question.type, answer.answer.what, answer.time);
      if (log(log_module::resolver).should_log(spdlog::level::trace))
        debug_log("questions", answer.question.str())
          .trace("{}: {} in {:.1f} ms", fact::question(answer.question.str()),
                 answer.answer.positive() ? "answered" : answer.answer.detail,
                 static_cast<double>(answer.time.count()) / 1000, fact::duration_s(answer.time),
                 fact::detail(answer.answer.positive() ? std::string{} : answer.answer.detail));
      auto wanted = asked_.extract(answer.question);
      if (wanted.empty())
        continue;
      for (auto id : wanted.mapped()) {
        if (auto i = lookups_.find(id); i != lookups_.end()) {
          if (i->second.trace)
            i->second.trace->answers.push_back({answer.question, answer.answer, false,
                                                cache_.time_to_keep(answer.answer), answer.time});
          i->second.machine.on_answer(answer.question, answer.answer, false, now());
        } else if (auto j = tlsa_searches_.find(id); j != tlsa_searches_.end())
          j->second.machine.on_answer(answer.question, answer.answer);
      }
      // Before the lookups go on, since they may need the same answer again.
      cache_.put(answer.question, std::move(answer.answer), now());
      watch_cache();
      for (auto id : wanted.mapped()) {
        advance(id);
        advance_tlsa(id);
      }
    }
  }
}

void resolver_state::watch_cache() {
  if (options_.on_cached)
    options_.on_cached(cache_.size());
  const auto t = now();
  if (auto over = cache_.next_expiry())
    if (auto at = sweeps_.plan(*over, t))
      self_->delayed_send(self_, *at - t, sweep_atom_v);
}

void resolver_state::on_sweep() {
  sweeps_.came();
  cache_.expire(now());
  watch_cache();
}

/// Returns the answer in the cache. If there is none, returns null and asks; this lookup then gets
/// the answer.
const dns_answer* resolver_state::cached_or_asked(const dns_question& question, lookup_id id,
                                                  bool urgent) {
  if (const auto* known = cache_.find(question, now()))
    return known;
  auto [wanted, first] = asked_.try_emplace(question);
  wanted->second.push_back(id);
  if (first)
    channel_->ask(question, urgent);
  else if (urgent)
    channel_->hurry([&](const dns_question& x) { return x == question; });
  return nullptr;
}

/// Sends the questions of a lookup until it has to wait or is done.
void resolver_state::advance(lookup_id id) {
  auto i = lookups_.find(id);
  if (i == lookups_.end())
    return;
  auto& machine = i->second.machine;
  const bool urgent = i->second.asker.party == dns_party::node;
  for (auto questions = machine.take_questions(); !questions.empty();
       questions = machine.take_questions())
    for (const auto& question : questions)
      if (const auto* known = cached_or_asked(question, id, urgent)) {
        if (i->second.trace)
          i->second.trace->answers.push_back(
            {question, *known, true, cache_.time_left(question, now()), {}});
        machine.on_answer(question, *known, true, now());
      }
  if (machine.done())
    finish(id);
}

void resolver_state::finish(lookup_id id) {
  auto node = lookups_.extract(id);
  if (node.empty())
    return;
  auto& mapped = node.mapped();
  budget_.leave(mapped.asker);
  auto outcome = std::make_shared<const resolution>(mapped.machine.outcome());
  if (mapped.services)
    joinable(*mapped.services).erase(outcome->domain);
  if (options_.on_resolved)
    options_.on_resolved(*outcome);
  mapped.deliver(outcome);
}

resolver_state::tlsa_promise resolver_state::find_tlsa(const tlsa_endpoint& of,
                                                       const dns_asker& asker) {
  auto result = self_->make_response_promise<tlsa_set_ptr>();
  if (!options_.validating)
    result.deliver(no_tlsa(tlsa_set::kind::none, "no DNS server is trusted to validate"));
  else if (!budget_.enter(asker))
    result.deliver(no_tlsa(tlsa_set::kind::failed, "too many DNS searches are under way"));
  if (!result.pending())
    return result;
  auto id = ++last_id_;
  tlsa_searches_.emplace(id, tlsa_search{{of, options_.timeout, now()}, result, asker});
  advance_tlsa(id);
  collect();
  schedule_tick();
  return result;
}

/// Sends the questions of a search for TLSA records until it has to wait, or delivers the outcome.
void resolver_state::advance_tlsa(lookup_id id) {
  auto i = tlsa_searches_.find(id);
  if (i == tlsa_searches_.end())
    return;
  auto& machine = i->second.machine;
  const bool urgent = i->second.asker.party == dns_party::node;
  while (auto question = machine.question()) {
    const auto* known = cached_or_asked(*question, id, urgent);
    if (known == nullptr)
      return;
    machine.on_answer(*question, *known);
  }
  auto node = tlsa_searches_.extract(i);
  budget_.leave(node.mapped().asker);
  node.mapped().waiting.deliver(
    tlsa_set_ptr{std::make_shared<const tlsa_set>(node.mapped().machine.outcome())});
}

void resolver_state::schedule_tick() {
  if (tick_scheduled_ || (in_progress() == 0 && channel_->open_questions() == 0))
    return;
  tick_scheduled_ = true;
  self_->delayed_send(self_, tick_interval, tick_atom_v);
}

resolver_actor::behavior_type resolver(resolver_actor::stateful_pointer<resolver_state> self,
                                       network_loop* loop, resolver_options options) {
  self->state.start(self, *loop, std::move(options));
  return {
    [self](ready_atom, int fd) { self->state.on_ready(fd); },
    [self](resolve_atom, const domain_name& domain, service_kinds services,
           const dns_asker& asker) { return self->state.resolve(domain, services, asker); },
    [self](resolve_atom, const domain_name& host, uint16_t port, const dns_asker& asker) {
      return self->state.resolve(host, port, asker);
    },
    [self](resolve_atom, const domain_name& domain, const given_targets_ptr& targets,
           const dns_asker& asker) { return self->state.resolve(domain, targets, asker); },
    [self](trace_atom, const domain_name& domain, service_kinds services, const dns_asker& asker) {
      return self->state.trace(domain, services, asker);
    },
    [self](trace_atom, const domain_name& domain, const given_targets_ptr& targets,
           const dns_asker& asker) { return self->state.trace(domain, targets, asker); },
    [self](forget_atom, const domain_name& name) {
      self->state.forget(name);
      return forget_atom_v;
    },
    [self](tlsa_atom, const tlsa_endpoint& of, const dns_asker& asker) {
      return self->state.find_tlsa(of, asker);
    },
    [self](tick_atom) { self->state.on_tick(); },
    [self](sweep_atom) { self->state.on_sweep(); },
  };
}

resolver_actor spawn_resolver(caf::actor_system& system, network_loop& loop,
                              resolver_options options) {
  return system.spawn(resolver, &loop, std::move(options));
}

} // namespace fedhub
