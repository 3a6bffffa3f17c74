#include "tests/model/resolver.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "protocol/text/domain_name.hpp"

namespace fedhub::model {

namespace {

using answer = caf::typed_response_promise<resolution_ptr>;

struct resolver_state {
  struct question {
    answer to;
    domain_name domain;
    std::chrono::steady_clock::time_point until;
  };
  std::vector<question> open;
};

resolution_ptr failed(const domain_name& domain, failure why) {
  auto result = std::make_shared<resolution>();
  result->domain = domain;
  result->why = why;
  return result;
}

resolution_ptr found(const domain_name& domain) {
  auto result = std::make_shared<resolution>();
  result->domain = domain;
  resolved_target target;
  // Domains with the same server have the same host, so the hub may ask about them on one stream.
  target.host = "xmpp-" + address_of(domain.str()).ip() + ".example";
  target.addresses = {address_of(domain.str())};
  result->targets = {target};
  return result;
}

resolver_actor::behavior_type model_resolver(resolver_actor::stateful_pointer<resolver_state> self,
                                             world* known) {
  constexpr std::chrono::seconds patience{5};
  const auto resolve = [self, known, patience](const domain_name& name) {
    auto promise = self->make_response_promise<answer>();
    switch (known->mood(name.str()).name) {
    case domain_mood::dns::found:
      promise.deliver(found(name));
      break;
    case domain_mood::dns::missing:
      promise.deliver(failed(name, failure::dns_not_found));
      break;
    case domain_mood::dns::silent:
      self->state.open.push_back({promise, name, self->clock().now() + patience});
      self->delayed_send(self, patience, tick_atom_v);
    }
    return promise;
  };
  // Nobody explains anything in the model.
  const auto untraced = [](const domain_name& name) -> resolution_trace_ptr {
    return std::make_shared<const resolution_trace>(
      resolution_trace{failed(name, failure::dns_not_found), {}});
  };
  return {
    [](ready_atom, int) {},
    [=](resolve_atom, const domain_name& name, service_kinds, const dns_asker&) {
      return resolve(name);
    },
    [=](resolve_atom, const domain_name& name, uint16_t, const dns_asker&) {
      return resolve(name);
    },
    [=](resolve_atom, const domain_name& name, const given_targets_ptr&, const dns_asker&) {
      return resolve(name);
    },
    [=](trace_atom, const domain_name& name, service_kinds, const dns_asker&) {
      return untraced(name);
    },
    [=](trace_atom, const domain_name& name, const given_targets_ptr&, const dns_asker&) {
      return untraced(name);
    },
    [](forget_atom, const domain_name&) { return forget_atom_v; },
    [](tlsa_atom, const tlsa_endpoint&, const dns_asker&) {
      return tlsa_set_ptr{std::make_shared<tlsa_set>()};
    },
    [self](tick_atom) {
      auto& open = self->state.open;
      while (!open.empty() && open.front().until <= self->clock().now()) {
        open.front().to.deliver(failed(open.front().domain, failure::dns_timeout));
        open.erase(open.begin());
      }
    },
    [](sweep_atom) {},
  };
}

} // namespace

socket_address address_of(std::string_view domain) {
  // "r3.example": the last two remote domains share a server.
  const int n = domain.size() > 1 ? domain[1] - '0' : 0;
  const auto ip = "192.9.2." + std::to_string(10 + (n == 5 ? 4 : n));
  return *socket_address::parse(ip, 5269);
}

resolver_actor spawn_model_resolver(caf::actor_system& system, world& x) {
  return system.spawn(model_resolver, &x);
}

} // namespace fedhub::model
