#include "actors/hub/hub.hpp"

#include "actors/hub/hub_services.hpp"

namespace fedhub {

hub::hub(hub_services& services, network_loop& loop, settings_ptr in_force)
  : metrics{services.metrics}, loop{loop}, account{services.account}, admission{services.admission},
    unauthenticated{services.unauthenticated}, certificates{services.certificates},
    connections{services.connections}, sessions{services.sessions}, unverified{services.unverified},
    pings{services.pings}, forms{services.forms}, claims{services.claims},
    attempts{services.attempts}, history{*services.history}, settings_{std::move(in_force)} {}

} // namespace fedhub
