// The admin actor: what it is asked, and what it has others do.
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/admin_state.hpp"
#include "actors/admin/spawn_admin.hpp"

namespace fedhub {

namespace {

admin_actor::behavior_type admin_behavior(admin_actor::stateful_pointer<admin_state> self,
                                          hub_ptr hub, admin_seed seed) {
  self->state.start(std::move(hub), std::move(seed));
  return {
    [=](stream_atom, const stream_news& news) { self->state.on_stream(news); },
    [=](domain_atom, const domain_news_ptr& news) { self->state.on_domain(news); },
    [=](ask_atom, const admin_question_ptr& question) {
      return self->state.on_question(*question);
    },
    [=](order_atom, const admin_order_ptr& order) { return self->state.on_order(*order); },
    [=](tick_atom) { self->state.on_tick(); },
  };
}

} // namespace

admin_actor spawn_admin(caf::actor_system& system, hub_ptr hub, admin_seed seed) {
  return system.spawn(admin_behavior, std::move(hub), std::move(seed));
}

} // namespace fedhub
